// Small things that only a browser can do. No text from data becomes markup here.
(() => {
  const trim = (text) => text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  const grouped = (value, decimals) =>
    value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: decimals });
  const steps = { zh: [[1e8, "亿"], [1e4, "万"]], en: [[1e9, "B"], [1e6, "M"], [1e3, "K"]] };

  // Chart labels: shorter than table cells, the same units and signs.
  window.qmNumber = (value, unit, language) => {
    if (Array.isArray(value)) value = value[value.length - 1];
    if (typeof value !== "number" || !isFinite(value)) return "—";
    const sign = value < 0 ? "−" : unit === "pp" && value > 0 ? "+" : "";
    const size = Math.abs(value);
    if (unit === "rate") return `${sign}${(size * 100).toFixed(1)}%`;
    if (unit === "pp") return `${sign}${(size * 100).toFixed(1)} pp`;
    const step = steps[language].find(([floor]) => size >= floor && size >= 10000);
    const text = step ? grouped(size / step[0], size / step[0] >= 100 ? 0 : 1) + step[1] : grouped(size, 2);
    return `${sign}${unit === "CNY" ? "¥" : ""}${trim(text)}`;
  };

  const inField = (target) => target.closest("input, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !inField(event.target)) {
      const question = document.querySelector(".qm-ask textarea");
      if (question) { event.preventDefault(); question.focus(); }
    }
    if ((event.key === "j" || event.key === "k") && !event.ctrlKey && !event.metaKey && !inField(event.target)) {
      const cards = [...document.querySelectorAll(".qm-card[tabindex]")];
      const next = cards.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
      if (cards[next]) { cards[next].focus(); cards[next].scrollIntoView({ block: "nearest" }); }
    }
  });

  window.qmRemember = (name, value) => {
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax`;
  };
  window.qmBottom = () => {
    const thread = document.querySelector(".qm-thread");
    if (thread) thread.scrollTo({ top: thread.scrollHeight });
  };
  window.qmCopy = async (text) => {
    try { await navigator.clipboard.writeText(text); } catch { /* not allowed here: the text can be selected */ }
  };
})();
