"""One file per step, forward only. A published step is never edited: what is wrong is mended by the next one."""
