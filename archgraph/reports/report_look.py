"""The one look of all reports: style and behaviour of pages of HTML that need nothing else.

Readable from 400 pixels on, in light and dark; tables are sorted by a click on a heading, long ones are filtered by a
word, wide ones and figures scroll by themselves, so that a page never does. A point of a figure says what it stands for
and draws it (`archgraph.reports.figures.name_points`) when it is pointed at. In a notebook, tables have its
own look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archgraph.reports.page_drawing import DRAWING
from archgraph.texts import in_html, printable

if TYPE_CHECKING:
    import jinja2

STYLE = """
:root { color-scheme: light dark; --ink: #2e3440; --paper: #fff; --soft: #4c566a; --line: #d8dee9; --fill: #eceff4;
  --right: 94, 129, 172; --wrong: 191, 97, 106; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e9f0; --paper: #1d2129; --soft: #aeb6c5; --line: #3b4252; --fill: #2b303b;
    --right: 136, 172, 214; --wrong: 214, 120, 130; }
  figure svg { filter: invert(.92) hue-rotate(180deg); } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink);
  background: var(--paper); overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.2; } h1 { font-size: 1.6rem; } h2 { margin-top: 2.2rem; font-size: 1.25rem; }
figure { margin: .8rem 0; overflow-x: auto; } figure svg { max-width: 100%; height: auto; }
figcaption, .note, .soft { color: var(--soft); font-size: .88rem; }
code { background: var(--fill); padding: 0 .25rem; border-radius: .2rem; } summary { cursor: pointer; }
@media (max-width: 600px) { figure svg { max-width: none; zoom: .62; } }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
td.number, th.number { text-align: right; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; padding: 0; }
.figures div { background: var(--fill); border-radius: .5rem; padding: .6rem .8rem; }
.figures b { display: block; font-size: 1.3rem; } .figures span { color: var(--soft); font-size: .88rem; }
.filter { font: inherit; font-size: .88rem; color: inherit; background: var(--fill); border: 1px solid var(--line);
  border-radius: .3rem; padding: .2rem .5rem; margin: .6rem .6rem 0 0; max-width: 100%; box-sizing: border-box; }
[data-cell] { cursor: help; } [data-cell]:hover use, [data-cell].shown use { stroke: #d08770; stroke-width: 3; }
.tip { position: fixed; z-index: 9; max-width: min(26rem, 80vw); padding: .3rem .6rem; border-radius: .3rem;
  font-size: .85rem; background: var(--ink); color: var(--paper); pointer-events: none; white-space: pre-line;
  --fill: transparent; }
.tip svg { display: block; max-width: 100%; max-height: 55vh; margin: .3rem 0; }
th[aria-sort], th.sorts { cursor: pointer; } th[aria-sort="ascending"]::after { content: " \\25B2"; }
th[aria-sort="descending"]::after { content: " \\25BC"; }
"""
"""Of every report; what one report alone has is added behind it."""
_BEHAVIOUR = """
for (const table of document.querySelectorAll("table")) {
  const box = document.createElement("div"); box.className = "wide";
  if (!table.parentElement.classList.contains("wide")) { table.replaceWith(box); box.append(table); }
  const rows = Array.from(table.rows), heads = Array.from(rows[0]?.cells ?? []);
  const plain = rows.every(row => row.cells.length === heads.length) && heads.every(cell => cell.tagName === "TH");
  if (!plain || rows.length < 3 || table.classList.contains("confusion")) continue;
  heads.forEach((head, column) => {
    head.className += " sorts"; head.tabIndex = 0;
    const sort = () => {
      const down = head.getAttribute("aria-sort") === "ascending", sign = down ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = row => row.cells[column].textContent.trim(), number = text => parseFloat(text.replace(/,/g, ""));
      const order = (a, b) => { const [x, y] = [value(a), value(b)], [p, q] = [number(x), number(y)];
        return sign * (Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y) : p - q); };
      for (const row of rows.slice(1).sort(order)) table.tBodies[0].append(row);
    };
    head.onclick = sort; head.onkeydown = event => { if (event.key === "Enter") sort(); };
  });
  if (rows.length <= 11) continue;
  const input = document.createElement("input"), count = document.createElement("span");
  Object.assign(input, { type: "search", className: "filter", placeholder: "only rows with" });
  input.setAttribute("aria-label", "only rows with"); count.className = "soft";
  input.oninput = () => {
    const words = input.value.toLowerCase().split(/\\s+/);
    for (const row of rows.slice(1)) {
      const text = row.textContent.toLowerCase(); row.hidden = !words.every(word => text.includes(word));
    }
    count.textContent = input.value ? rows.slice(1).filter(row => !row.hidden).length + " of " + (rows.length - 1) : "";
  };
  table.parentElement.before(input, count);
}
const tip = document.createElement("div"); tip.className = "tip"; tip.hidden = true; document.body.append(tip);
const point = event => {
  const at = event.target.closest?.("[data-cell]");
  document.querySelector("[data-cell].shown")?.classList.remove("shown");
  tip.hidden = !at; if (!at) return;
  at.classList.add("shown"); tip.textContent = at.dataset.cell;
  if (at.dataset.graph) tip.insertAdjacentHTML("beforeend", drawing(JSON.parse(at.dataset.graph), 5));
  const box = tip.getBoundingClientRect(), room = document.documentElement.clientWidth - box.width - 4;
  tip.style.left = Math.max(4, Math.min(event.clientX + 12, room)) + "px";
  const below = event.clientY + box.height + 24 <= innerHeight;
  tip.style.top = Math.max(4, below ? event.clientY + 14 : event.clientY - box.height - 12) + "px";
};
document.addEventListener("pointerover", point); document.addEventListener("pointerdown", point);
document.addEventListener("scroll", () => { tip.hidden = true; }, true);
"""
SCRIPT = DRAWING + _BEHAVIOUR
"""Stands at the end of the page."""


def html_table(
    head: Sequence[object], rows: Iterable[Sequence[object]], numbers: Sequence[int] = (), caption: object = ""
) -> str:
    """A table of HTML; every cell is text, whatever stands in it.

    Args:
        head: of the columns.
        rows: of as many cells each.
        numbers: columns that hold numbers, which stand to the right.
        caption: above it; none where it is empty.

    Example:
        >>> from archgraph.reports.report_look import html_table
        >>> html_table(["name"], [["a < b"]])
        '<table><tr><th>name</th></tr><tr><td>a &lt; b</td></tr></table>'
    """
    kinds = [' class="number"' if column in numbers else "" for column in range(len(head))]

    def line(tag: str, cells: Sequence[object]) -> str:
        shown = (f"<{tag}{kind}>{in_html(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))
        return f"<tr>{''.join(shown)}</tr>"

    above = f"<caption>{in_html(caption)}</caption>" if caption else ""
    return f"<table>{above}{line('th', head)}{''.join(line('td', row) for row in rows)}</table>"


def report_templates(package: str) -> jinja2.Environment:
    """The templates beside a package's modules, in the one look: `style`, `script`, and values made safe for HTML."""
    import jinja2
    from markupsafe import Markup

    def safe(value: object) -> object:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = jinja2.Environment(loader=jinja2.PackageLoader(package, "."), autoescape=True, finalize=safe)
    made.globals |= {"style": Markup(STYLE), "script": Markup(SCRIPT)}
    return made


def report_page(title: str, body: str, style: str = "") -> str:
    """A page of HTML in the one look.

    Args:
        title: of the window, escaped already.
        body: of the page, HTML.
        style: that this report alone has.

    Example:
        >>> from archgraph.reports.report_look import report_page
        >>> report_page("A report", "<h1>A report</h1>")[:15]
        '<!doctype html>'
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{STYLE}{style}</style>
</head>
<body>
{body}
<script>{SCRIPT}</script>
</body>
</html>
"""
