"""Identifiers in a question, replaced before the question leaves the machine."""

import re
import unicodedata
from dataclasses import dataclass, replace

from app.llm.client import ChatModel, ChatReply, ChatRequest

# Longest first, so that an ID number is not taken for a phone number with digits around it.
_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_OPENID = r"(?<![0-9A-Za-z_-])(?:o[0-9A-Za-z]{5}[0-9A-Za-z_-]{22}|w[mo][0-9A-Za-z_-]{30})(?![0-9A-Za-z_-])"
_ID_NUMBER = r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])|(?<!\d)\d{6}[ -]\d{8}[ -]\d{3}[0-9Xx](?![0-9A-Za-z])"
_MOBILE = r"(?<!\d)(?:\+?86[ -]?)?1[ -]?[3-9](?:[ -]?\d){9}(?!\d)"
_LANDLINE = r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)"
_CARD = r"(?<!\d)\d{4}(?:[ -]\d{4}){3,4}(?!\d)"
_LONG_NUMBER = r"(?<![\d.])\d{9,}(?![\d.])"
# Keys of people and orders: letters and many digits together (U000123456, ORD-20260901-0001), hashes, UUIDs.
_UUID = r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
_HASH = r"(?<![0-9A-Za-z])(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{24,}(?![0-9A-Za-z])"
_KEY = r"(?<![0-9A-Za-z_-])[A-Za-z]{1,6}[_-]?(?:\d[\d_-]{4,}\d)(?![0-9A-Za-z_-])"
_HANDLE = r"(?<![0-9A-Za-z_])(?:one_?id|openid|unionid|wxid)[_:=\s-]*[0-9A-Za-z_-]*\d[0-9A-Za-z_-]*"
_IDENTIFIER = re.compile(
    "|".join((_EMAIL, _UUID, _OPENID, _ID_NUMBER, _CARD, _MOBILE, _LANDLINE, _HANDLE, _HASH, _KEY, _LONG_NUMBER)),
    re.ASCII | re.IGNORECASE,
)
MASK = "█"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that may be sent. `text` is as long as what came in, so that positions still fit."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Where something was replaced."""


def mask_identifiers(text: str) -> Masked:
    """`text` with every stretch that looks like a phone, an ID, an address or a key replaced by blocks.

    Wide digits are read as digits. Better one mask too many than one too few: a masked word is asked back.
    """
    plain = "".join(_narrow(character) for character in text)
    spans = tuple(match.span() for match in _IDENTIFIER.finditer(plain))
    masked = list(text)
    for start, end in spans:
        masked[start:end] = MASK * (end - start)
    return Masked("".join(masked), spans)


def _narrow(character: str) -> str:
    narrow = unicodedata.normalize("NFKC", character)
    return narrow if len(narrow) == 1 else character


@dataclass(frozen=True, slots=True)
class MaskingModel:
    """Another model that is never sent an identifier, whoever put it into a message. Wired around every adapter."""

    inner: ChatModel

    @property
    def name(self) -> str:
        """The inner model's."""
        return self.inner.name

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The inner model's reply to the masked conversation.

        Raises:
            ModelError: the inner model's.
        """
        masked = tuple(replace(m, content=mask_identifiers(m.content).text) for m in request.messages)
        return self.inner.complete(replace(request, messages=masked), seconds=seconds)
