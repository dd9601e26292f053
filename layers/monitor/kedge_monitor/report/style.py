"""The style sheet of the page: both themes, phones, and paper. Colours are named by what they say."""

from typing import Final

SHEET: Final = """
:root { color-scheme: light dark;
  --ground: light-dark(#faf9f7, #0f1214); --surface: light-dark(#ffffff, #161a1d); --band: light-dark(#e7e5df, #262d33);
  --ink: light-dark(#16191c, #e8eaec); --ink-2: light-dark(#4a525b, #b0b8c0); --ink-3: light-dark(#646d77, #8d97a1);
  --line: light-dark(#e6e4df, #252b30); --line-2: light-dark(#cfccc4, #3d464e);
  --old: light-dark(#cdd1d5, #454f58); --old-edge: light-dark(#9aa2aa, #6d7882);
  --new: light-dark(#0b5f9e, #6cb6f5); --new-fill: light-dark(#0b5f9e1f, #6cb6f526);
  --alarm: light-dark(#b23208, #ff9a70); --alarm-fill: light-dark(#d2440f, #f0703a); --alarm-tint: light-dark(#fcf0ea, #2a1a13);
  --good: light-dark(#00634c, #5accaa); --warn: light-dark(#855300, #efb84a); }
*, *::before, *::after { box-sizing: border-box }
html { background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; scroll-behavior: smooth;
  font: 400 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums }
body { max-width: 1080px; margin: 0 auto; padding: 44px 32px 72px }
h1, h2, h3, p, ul, dl, dd, figure, table { margin: 0; padding: 0 }
ul { list-style: none }
h1 { font-size: 30px; line-height: 1.15; font-weight: 640; letter-spacing: -.022em; overflow-wrap: anywhere }
h2 { font-size: 18px; line-height: 1.3; font-weight: 640; letter-spacing: -.012em }
h3 { font-size: 15px; line-height: 1.35; font-weight: 640; letter-spacing: -.006em; overflow-wrap: anywhere }
a { color: inherit; text-decoration-color: var(--line-2); text-underline-offset: 3px }
a:hover { text-decoration-color: currentColor }
section { margin-top: 44px }
section > p { margin-top: 4px; max-width: 88ch; color: var(--ink-2) }
.dim { color: var(--ink-3) } .soft { color: var(--ink-2) }
.small { font-size: 13px; line-height: 1.45 }
.alarm { color: var(--alarm) } .good { color: var(--good) } .warn { color: var(--warn) }
.kind { font-size: 13px; font-weight: 560; color: var(--ink-3) }

header .kind { margin-bottom: 6px }
.verdict { display: flex; gap: 10px; align-items: baseline; margin-top: 10px; font-size: 18px; line-height: 1.4; font-weight: 560 }
.verdict svg { width: 13px; height: 13px; flex: none }
.verdict + .verdict { margin-top: 3px } .verdict a { text-decoration: none } .verdict a:hover { text-decoration: underline }
.facts { display: flex; flex-wrap: wrap; gap: 14px 44px; margin-top: 24px; padding-top: 18px; border-top: 1px solid var(--line) }
.facts dt, .figures dt { font-size: 12.5px; line-height: 1.4; color: var(--ink-3) }
.facts dd { line-height: 1.4; overflow-wrap: anywhere }

.notes { margin-top: 14px }
.notes li { position: relative; max-width: 84ch; padding-left: 18px; color: var(--ink-2) }
.notes li + li { margin-top: 6px }
.notes li::before { content: ""; position: absolute; left: 2px; top: .66em; width: 5px; height: 5px; border-radius: 50%; background: var(--line-2) }
.notes.fine { margin-top: 12px; font-size: 13px; line-height: 1.45 } .notes.fine li + li { margin-top: 3px } .notes.fine li { color: var(--ink-3) }
.notes b { font-weight: 560; color: var(--ink) }

table { width: 100%; margin-top: 14px; border-collapse: collapse }
th { padding: 0 0 7px; font-size: 12.5px; line-height: 1.3; font-weight: 400; color: var(--ink-3); text-align: left; vertical-align: bottom }
td { padding: 8px 0; border-top: 1px solid var(--line); vertical-align: middle; line-height: 1.4 }
th + th, td + td { padding-left: 14px }
.num { text-align: right; white-space: nowrap }
td.name { overflow-wrap: anywhere; min-width: 104px }
td.name a { text-decoration: none } td.name a:hover { text-decoration: underline }
td.wide { width: 38% } .metrics td.wide { width: 22% } .metrics td.name { width: 27% }
.group th { padding: 22px 0 6px; font-size: 14px; font-weight: 560; color: var(--ink) } tbody:first-of-type .group th { padding-top: 12px }
.words-of { display: block; font-size: 12.5px; line-height: 1.35; color: var(--ink-3) }
.state { white-space: nowrap }
.state svg { width: 9px; height: 9px; margin-right: 7px }
.gauge { display: block; width: 100%; height: 20px; overflow: visible }
.axis { position: relative; height: 17px; font-size: 11.5px; line-height: 17px; color: var(--ink-3) }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap }
.axis span.first { transform: none } .axis span.last { transform: translateX(-100%) }
th .axis { height: 15px; line-height: 15px }

.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 10px; font-size: 13px; color: var(--ink-2) }
.legend span { display: inline-flex; align-items: center; gap: 7px }
.legend svg { width: 18px; height: 11px; flex: none }

.cards { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px; margin-top: 18px }
.card { padding: 18px 20px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; break-inside: avoid;
  display: flex; flex-direction: column }
.card.bad { border-color: color-mix(in srgb, var(--alarm-fill) 45%, var(--line)) }
.card:target { outline: 2px solid var(--new); outline-offset: 2px }
.card-head { display: flex; justify-content: space-between; gap: 14px; align-items: baseline }
.card-head .state { font-size: 13px }
.said { margin-top: 3px; font-size: 13px; line-height: 1.45; color: var(--ink-2) }
.chart { margin: 14px 0 0 }
.chart > svg { display: block; width: 100%; height: 118px; overflow: visible }
.bars { display: grid; grid-template-columns: minmax(64px, 27%) minmax(0, 1fr) max-content max-content; gap: 5px 10px; align-items: center;
  font-size: 13px; line-height: 1.3; margin-top: 14px }
.bars .label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.bars .label.rest { color: var(--ink-3) }
.bars svg { display: block; width: 100%; height: 15px }
.bars .share { text-align: right; min-width: 44px; color: var(--new) } .bars .share.before { color: var(--ink-3) }
.bars .head { font-size: 11.5px; color: var(--ink-3) }
.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 10px 14px; margin-top: auto; padding-top: 16px }
.figures dd { font-size: 14px; line-height: 1.4; white-space: nowrap }
.figures .off { color: var(--ink-3) }

.old { fill: var(--old) } .old-edge { fill: none; stroke: var(--old-edge); stroke-width: 1 }
.new { fill: var(--new) } .new-fill { fill: var(--new-fill) } .new-edge { fill: none; stroke: var(--new); stroke-width: 1.75 }
.old-edge, .new-edge, .base, .gap, .limit { vector-effect: non-scaling-stroke }
.base { stroke: var(--line-2); stroke-width: 1 }
.gap { stroke: var(--ink-3); stroke-width: 1; stroke-dasharray: 2 3 }
.hidden { fill: var(--band) } .limit { stroke: var(--ink-2); stroke-width: 1.5 }
.dot { fill: var(--ink-2) } .dot.bad { fill: var(--alarm-fill) } .range { stroke: var(--line-2); stroke-width: 5; stroke-linecap: round }
.mark-bad { fill: var(--alarm-fill) } .mark-good { fill: none; stroke: var(--good); stroke-width: 1.6 } .mark-none { fill: none; stroke: var(--ink-3); stroke-width: 1.6 }
.mark-warn { fill: none; stroke: var(--warn); stroke-width: 1.8 }
footer { overflow-wrap: anywhere; margin-top: 52px; padding-top: 16px; border-top: 1px solid var(--line); font-size: 12.5px; color: var(--ink-3) }

@media (max-width: 720px) {
  body { padding: 26px 16px 48px }
  h1 { font-size: 25px }
  .cards { grid-template-columns: minmax(0, 1fr); gap: 14px }
  .card { padding: 16px 16px 14px }
  .facts { gap: 12px 28px }
  .figures { grid-template-columns: repeat(3, minmax(0, 1fr)) }
  .spare, .metrics .picture { display: none } .metrics td.name { width: 46% } .tight .words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  th.tight { font-size: 0 } th.tight + th, td.tight + td { padding-left: 0 } td.tight { width: 26px }
  th + th, td + td { padding-left: 10px }
  td, .group th { font-size: 14px } td.state { white-space: normal } td.state:not(.tight) svg { display: none }
}
@media print {
  @page { size: A4; margin: 14mm 13mm }
  :root { color-scheme: light; --ground: #fff }
  html { font-size: 9.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact }
  body { max-width: none; padding: 0 }
  h1 { font-size: 18pt } h2 { font-size: 12pt } h3 { font-size: 10pt }
  section { margin-top: 22pt } h2, section > p, thead { break-after: avoid } p { break-inside: avoid } tr { break-inside: avoid }
  .words-of { font-size: 7.5pt } .group th { padding-top: 12pt; font-size: 9.5pt; break-after: avoid }
  th, .facts dt, .figures dt, .said, .bars, .legend, .card-head .state, .notes.fine { font-size: 8pt } .figures dd { font-size: 9pt }
  .axis, .bars .head { font-size: 7.5pt } td { padding-block: 4.5pt } .figures { gap: 6pt 8pt }
  .cards { gap: 10pt } .card { padding: 10pt 12pt; border-radius: 5pt } .chart > svg { height: 78pt }
  a { text-decoration: none }
}
"""
"""CSS without anything from outside: no font, no image, no script."""
