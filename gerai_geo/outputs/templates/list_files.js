// The rows that are shown, to take along: CSV that an Indonesian Excel opens in columns, and KML for a phone.
function listFiles(table) {
  const save = (type, ending, write) => () => saveBlob(new Blob([write(table.visible)], { type }), `${fileName()}.${ending}`);
  const list = pdfLink(["daftar", "list"]);
  if (list) Object.assign(byId("list-pdf"), { href: list, hidden: false });
  byId("save-csv").addEventListener("click", save("text/csv;charset=utf-8", "csv", listCsv));
  byId("save-kml").addEventListener("click", save("application/vnd.google-earth.kml+xml", "kml", listKml));
}

function saveBlob(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Named as the page: seruyan.csv beside seruyan.html.
const fileName = () => (/([\w-]+)\.html?$/.exec(location.pathname) || [null, "gerai"])[1];

function listCsv(sites) {
  const comma = data.lang === "id";
  const decimal = (value, digits) => (value === undefined ? "" : comma ? value.toFixed(digits).replace(".", ",") : value.toFixed(digits));
  const columns = [
    [t.number, (s) => s.no], [t.siteId, (s) => s.id], [t.name, (s) => s.name], [t.village, (s) => s.village], [t.district, (s) => s.district],
    [t.status, (s) => s.statusLabel || statuses[s.status].label], [t.function, (s) => s.functions || (functions[s.function] || {}).abbreviation],
    [`${t.boundary} (m)`, (s) => decimal(s.m, 0)], [t.probability, (s) => s.probability], [t.action, (s) => s.actionText || s.actionLabel],
    [t.firstStep, (s) => data.routes[s.route]?.step && inOne(data.routes[s.route].step)], [t.reason, (s) => s.reason],
    [t.latitude, (s) => decimal(s.lat, 6)], [t.longitude, (s) => decimal(s.lon, 6)], [t.remark, () => document.querySelector(".disclaimer").textContent],
  ];
  // a spreadsheet runs what begins like a formula; numbers may begin with a sign
  const cell = (value) => {
    const text = value === undefined || value === null ? "" : String(value).replace(/\s+/g, " ");
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.,]+$/.test(text) ? `'${text}` : text;
    return /[";,\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const lines = [columns.map(([title]) => title), ...sites.map((site) => columns.map(([, value]) => value(site)))];
  return `\ufeff${lines.map((line) => line.map(cell).join(comma ? ";" : ",")).join("\r\n")}\r\n`;
}

// A white icon, which a KML multiplies with the colour of its status; inside the file, since a phone may be offline.
function whiteIcon(status) {
  const pen = el("canvas", { width: 48, height: 48 }).getContext("2d");
  const [turn, corners] = { inside: [45, 4], partly_inside: [0, 4], near_boundary: [-90, 3], not_assessed: [0, 6] }[status] || [0, 60];
  pen.beginPath();
  for (let i = 0; i < corners; i++) {
    const angle = ((turn + (360 * i) / corners) * Math.PI) / 180;
    pen.lineTo(24 + 20 * Math.cos(angle), (corners === 3 ? 28 : 24) + 20 * Math.sin(angle));
  }
  pen.closePath();
  Object.assign(pen, { fillStyle: "#fff", strokeStyle: "#000", lineWidth: 4, lineJoin: "round" });
  pen.fill();
  pen.stroke();
  return pen.canvas.toDataURL("image/png");
}

function listKml(sites) {
  const styles = data.statuses.map(({ key }) => [key, statusColour(key).slice(1)]).map(([key, rgb]) => `<Style id="${key}"><IconStyle><color>ff${rgb.slice(4)}${rgb.slice(2, 4)}${rgb.slice(0, 2)}</color><scale>0.8</scale><Icon><href>${whiteIcon(key)}</href></Icon></IconStyle></Style>`);
  const places = sites.filter((site) => site.lon !== undefined).map((site) =>
    `<Placemark><name>${xmlText(`${site.no}. ${label(site)}`)}</name><description>${xmlText([site.statusLabel || statuses[site.status].label, site.reason, site.id, document.querySelector(".disclaimer").textContent].filter(Boolean).join("\n"))}</description><styleUrl>#${site.status}</styleUrl><Point><coordinates>${site.lon},${site.lat}</coordinates></Point></Placemark>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>${xmlText(data.title)}</name><description>${xmlText([document.querySelector("aside.head-note")?.textContent.trim(), document.querySelector(".disclaimer").textContent].filter(Boolean).join(" "))}</description>\n${styles.join("\n")}\n${places.join("\n")}\n</Document></kml>\n`;
}
