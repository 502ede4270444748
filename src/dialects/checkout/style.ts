/** How the page looks: the reader's own letters and colours, one column that fits a phone, nothing that comes from elsewhere. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #ffffff; --ink: #16181d; --quiet: #4b5361; --line: #767e8c;
  --accent: #1b4fd6; --on-accent: #ffffff; --wrong: #b3141d; --wrong-ground: #fdf1f1; --note: #f1f4f9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --panel: #1c1f25; --ink: #f1f3f6; --quiet: #b4bcc9; --line: #8790a0;
    --accent: #9dbbff; --on-accent: #10131a; --wrong: #ffaeb1; --wrong-ground: #3a1b1e; --note: #252a33;
  }
}
* { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 26rem; margin: 0 auto; overflow-wrap: anywhere; }
@media (min-width: 32rem) {
  body { padding-top: 3rem; background: var(--note); }
  main { padding: 2rem; background: var(--panel); border: 1px solid var(--line); border-radius: .75rem; }
}
@media (min-width: 32rem) and (prefers-color-scheme: dark) { body { background: var(--ground); } }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.quiet { color: var(--quiet); }
.note { padding: .5rem .75rem; background: var(--note); border: 1px solid var(--line); border-radius: .5rem; }
.summary { margin: 0 0 1.25rem; padding: .75rem 1rem; color: var(--ink); background: var(--wrong-ground); border: 2px solid var(--wrong); border-radius: .5rem; }
.summary h2 { margin: 0 0 .25rem; font-size: 1rem; }
.summary ul { margin: 0; padding-left: 1.25rem; }
.summary a { color: var(--wrong); }
.field { margin: 0 0 1.25rem; }
.pair { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.pair .field { flex: 1 1 9rem; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
.hint { display: block; font-weight: 400; color: var(--quiet); font-size: .875rem; }
input {
  width: 100%; min-height: 3rem; padding: .5rem .75rem; font: inherit; font-variant-numeric: tabular-nums;
  color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: .5rem;
}
input[aria-invalid="true"] { border: 2px solid var(--wrong); }
.fault { margin: .25rem 0 0; color: var(--wrong); font-weight: 600; }
.fault:empty { display: none; }
button, .button {
  display: block; width: 100%; min-height: 3rem; padding: .7rem 1rem; font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; color: var(--on-accent); background: var(--accent); border: 2px solid var(--accent); border-radius: .5rem; cursor: pointer;
}
button[aria-disabled="true"] { opacity: .7; cursor: progress; }
.cancel { display: block; margin: .75rem 0 0; padding: .7rem; text-align: center; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none; }
`;
