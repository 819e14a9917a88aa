// What was read and what is wrong: the table of `gerai-geo check`, and the layer.
import { data, el, fill, number, t } from "./dom.js";

const MOST_ROWS = 12; // of one kind of problem; the workbook has them all
const TITLES = { error: t.must_fix, warning: t.to_check, info: t.for_information };

function place(issue) {
  const row = issue.source_row === null || issue.source_row === undefined ? "" : fill(t.row, { row: issue.source_row });
  return [issue.source, row].filter(Boolean).join(", ");
}

function rowsOf(issues) {
  const rows = issues.slice(0, MOST_ROWS).map((issue, n) => el("tr", {},
    el("td", {}, n ? "" : issue.label), el("td", {}, place(issue)),
    el("td", {}, issue.column && issue.value ? `${issue.column}: ${issue.value} – ` : "", issue.message), el("td", {}, issue.suggestion)));
  if (issues.length > MOST_ROWS) rows.push(el("tr", {}, el("td"), el("td", {}, fill(t.more_rows, { n: number(issues.length - MOST_ROWS) })), el("td"), el("td")));
  return rows;
}

function issueTables(issues) {
  const kinds = Object.keys(TITLES).map((severity) => [severity, issues.filter((i) => i.severity === severity)]).filter(([, own]) => own.length);
  return el("div", { class: "issues" }, kinds.map(([severity, own]) => {
    const codes = [...new Set(own.map((i) => i.code))];
    const table = el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, [t.problem, t.where, t.what, t.suggestion].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, codes.map((code) => rowsOf(own.filter((i) => i.code === code))))));
    const head = el("h3", {}, TITLES[severity], el("span", { class: "n" }, number(own.length)));
    if (severity === "info") return el("details", { class: severity }, el("summary", {}, `${TITLES[severity]} (${number(own.length)})`), table);
    return el("div", { class: severity }, head, table);
  }));
}

function listPart(list) {
  const text = fill(t.rows_read, { n: number(list.rows), usable: number(list.with_geometry), rest: number(list.rows - list.with_geometry) });
  const wrong = list.issues.some((i) => i.severity !== "info");
  return [
    el("p", {}, el("b", {}, text), wrong ? "" : ` ${t.no_problems}`),
    wrong && el("p", { class: "quiet" }, el("a", { href: `made/${data.lang === "id" ? "masalah" : "problems"}.xlsx` }, t.fix_in_excel), ` – ${t.fix_hint}`),
    issueTables(list.issues),
  ];
}

function layerPart(layer) {
  const standing = (f) => (f.in_forest === true ? t.yes : f.in_forest === false ? t.no : t.unknown);
  const defects = Object.entries(layer.defects || {}).map(([key, n]) => `${(layer.defect_labels || {})[key] || key}: ${number(n)}`);
  return el("div", { class: "layer-box" },
    el("p", {}, el("b", {}, fill(t.layer_read, { source: layer.source, polygons: number(layer.polygons), scale: number(layer.scale) })), defects.length ? ` ${defects.join("; ")}.` : ""),
    el("details", {}, el("summary", {}, t.layer_functions), el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, t.function), el("th", {}, t.in_forest), el("th", { class: "right" }, t.polygons), el("th", { class: "right" }, t.area_ha))),
      el("tbody", {}, layer.functions.map((f) => el("tr", {}, el("td", {}, f.name), el("td", {}, standing(f)),
        el("td", { class: "right" }, number(f.polygons)), el("td", { class: "right" }, number(f.area_m2 / 1e4, 1)))))))),
    layer.issues.length > 0 && el("details", {}, el("summary", {}, `${t.layer_issues} (${number(layer.issues.length)})`), issueTables(layer.issues)));
}

export function showChecked(target, job) {
  if (job.state === "stopped") return;
  const parts = job.about.commands.slice(0, job.outcome.length).map((name, n) => (name === "check" ? listPart(job.outcome[n]) : layerPart(job.outcome[n])));
  if (job.state === "failed") parts.push(el("div", { class: "bad", role: "alert" }, job.messages.map((m) => el("p", {}, m))));
  target.replaceChildren(...parts.flat());
}
