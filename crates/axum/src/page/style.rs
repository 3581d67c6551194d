//! How the page looks: wide and narrow, light and dark.

pub(super) const STYLE: &str = "
:root { --ground: #f4f5f7; --card: #fff; --ink: #1c2430; --soft: #5b6675; --line: #dde1e7;
  --good: #14693f; --good-ground: #dff3e6; --bad: #a31621; --bad-ground: #fde4e4; --bar: #2f7d57; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --card: #1d2229; --ink: #e6e9ee; --soft: #9aa5b4; --line: #333b46;
    --good: #7fdba6; --good-ground: #173426; --bad: #ff9c9c; --bad-ground: #42191c; --bar: #58b486; }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
body { background: var(--ground); color: var(--ink); max-width: 70rem; margin: 0 auto;
  padding: 1rem; font: 16px/1.5 system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-bottom: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .6rem;
  overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin-bottom: .4rem; }
nav { margin-left: auto; }
a { color: inherit; padding: .4rem; }
a[aria-current] { text-decoration: none; font-weight: 600; }
.id { color: var(--soft); font-weight: 400; font-family: ui-monospace, monospace; }
.state, .badge { border-radius: 1rem; padding: .15rem .8rem; font-size: .9rem; font-weight: 600; }
.good { color: var(--good); background: var(--good-ground); }
.bad { color: var(--bad); background: var(--bad-ground); }
.app { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem; margin-bottom: 1rem; }
.codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: 1rem; margin: .8rem 0; }
.code { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; min-width: 0; }
progress { appearance: none; display: block; width: 100%; height: .5rem; border: 0;
  border-radius: .25rem; overflow: hidden; background: var(--line); margin-bottom: .5rem; }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--bar); }
progress::-moz-progress-bar { background: var(--bar); }
dl div { display: flex; justify-content: space-between; gap: 1rem; }
dt { color: var(--soft); }
dd { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.missing { color: var(--bad); font-weight: 600; }
.error { margin-top: .6rem; padding: .6rem; border-radius: .4rem; background: var(--bad-ground);
  color: var(--bad); overflow-wrap: anywhere; font-size: .9rem; }
.error.over { background: none; border: 1px solid var(--line); color: var(--soft); }
.when, .remedy { font-weight: 600; }
.events { list-style: none; font-size: .9rem; }
.events li { padding: .25rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.events time, .detail, .more, footer { color: var(--soft); font-variant-numeric: tabular-nums; }
.attention b { color: var(--bad); }
.more, footer { font-size: .9rem; }
";
