// Shared by the maps and the index: how sites are named, sorted and searched, and who still has what to do at one.
const LOCALE = document.documentElement.lang === "id" ? "id-ID" : "en-GB";
const byId = (id) => document.getElementById(id);
const formats = [0, 1, 2].map((n) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: n, maximumFractionDigits: n }));
const number = (value, digits = 0) => formats[digits].format(value);
const collator = new Intl.Collator(LOCALE, { numeric: true, sensitivity: "base" });
const plain = (text) => (text || "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const label = (site) => site.village || site.name || site.id;

// At the rim of the layer its distance counts, not that of the forest's edge.
const boundaryText = (site) => (site.atRim ? fill(t.rimShort, { distance: site.rim }) : site.boundary);

// A sentence of law with its source.
const inOne = ([text, source]) => `${text} [${source}]`;

// Test of the sites that a text asks for. A number alone is that of a site, if there is one of that number: ids and names hold numbers too.
function searchOf(sites) {
  const numbers = new Set(sites.map((site) => String(site.no)));
  for (const site of sites) site.words = plain([site.no, site.id, site.name, site.village, site.district, site.regency].filter((w) => w !== undefined).join(" "));
  return (asked) => {
    const text = plain(asked).trim();
    const words = text.split(/\s+/);
    return numbers.has(text) ? (site) => String(site.no) === text : (site) => words.every((word) => site.words.includes(word));
  };
}

// Agencies with work left on a site, each once.
const agenciesOf = (site) => [...new Set((site.tasks || []).map((task) => data.tasks[task][0]))];

// Who still has what to do here, an agency a sentence.
function workText(site) {
  const of = (agency) => site.tasks.filter((task) => data.tasks[task][0] === agency).map((task) => data.tasks[task][1]).map((title) => title[0].toLowerCase() + title.slice(1));
  return site.tasks && data.agencies.filter(([key]) => of(key).length).map(([key, name]) => `${name}: ${of(key).join("; ")}.`).join(" ");
}
