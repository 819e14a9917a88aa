// Shared by all parts: the data of the page.
const data = JSON.parse(document.getElementById("gerai-data").textContent);
const t = data.texts;
for (const { geometry } of [...data.forest, ...data.extra.flatMap((one) => one.features)]) unpackRings(geometry);
const RANK = { inside: 0, partly_inside: 1, near_boundary: 2, not_assessed: 3, outside: 4 };
const statuses = Object.fromEntries(data.statuses.map((s) => [s.key, s]));
const functions = Object.fromEntries(data.functions.map((f) => [f.key, f]));
// Colour of a status as #rrggbb, from its drawing in the page.
const statusColour = (key) =>
  `#${getComputedStyle(byId(`d-${key}`)).fill.match(/\d+/g).slice(0, 3).map((n) => Number(n).toString(16).padStart(2, "0")).join("")}`;
