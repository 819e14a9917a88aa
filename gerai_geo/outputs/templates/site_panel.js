// What is known of one site, in a panel beside the map or below it: the ground stays in sight.
function openSite(map, site) {
  map.closePopup();
  const panel = byId("site-panel");
  const before = map.openedSite;
  map.openedSite = site;
  const head = el("div", { class: "panel-head" }, el("h2", {}, `${site.no}. `, el("bdi", {}, label(site))), panelTools(map, site));
  panel.replaceChildren(head, siteDetails(site));
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("site-open");
  if (!before) map.invalidateSize({ animate: false });
  notHere(map, site);
  if (site.latlng) keepInSight(map, site.latlng);
  map.fire("siteopen", { site });
  return panel;
}

// As `openSite`, from the map.
function tapSite(map, site) {
  openSite(map, site);
  map.fire("sitetap", { site });
}

const keepInSight = (map, latlng) =>
  map.panInside(latlng, { paddingTopLeft: [legendWidth() + 60, 60], paddingBottomRight: [60, 60], animate: false });

// A site without a position: the map shows the whole regency and says so, not the place looked at before.
function notHere(map, site) {
  const absent = site && site.lon === undefined;
  byId("not-here").hidden = !absent;
  byId("not-here").textContent = absent ? fill(t.notHere, { no: site.no }) : "";
  if (absent) map.home();
}

function closeSite(map) {
  const site = map.openedSite;
  if (!site) return;
  map.openedSite = null;
  byId("site-panel").hidden = true;
  byId("site-panel").replaceChildren();
  notHere(map, null);
  document.body.classList.remove("site-open");
  map.invalidateSize({ animate: false });
  map.fire("siteclose", { site });
}

// To the site before or behind in the list as it is filtered and sorted, and back to the list.
function panelTools(map, site) {
  const step = (by, title, sign) => el("button", { type: "button", class: "panel-button", title, "aria-label": title, onclick: () => map.fire("sitestep", { site, by }) }, sign);
  return el("div", { class: "panel-tools" },
    step(-1, t.previousSite, "‹"), step(1, t.nextSite, "›"),
    el("button", { type: "button", class: "panel-button close-site", "aria-label": t.close, title: t.close, onclick: () => closeSite(map) }, "×"));
}

function functionText(site) {
  const f = functions[site.function];
  return site.functions || (f && `${f.name} (${f.abbreviation})`);
}

const followupDetails = (f) =>
  el("div", { class: "followup" }, el("h3", {}, t.followupTitle), facts([
    [t.followup, f.label], [t.personInCharge, f.person], [t.dueDate, f.due], [t.letter, f.letter], [t.meetingNote, f.note],
    [t.decision, f.decision], [t.layerHere, f.layerHere], [t.decisionReason, f.decisionReason], [t.document, f.document], [t.documentDate, f.documentDate], [t.decidedBy, f.decidedBy],
  ]));

// PDFs that lie beside the maps, by the folder of this regency: names without their ending.
const pdfs = Object.entries(JSON.parse(byId("gerai-dossiers").textContent));
const pdfLink = (names) => pdfs.map(([folder, found]) => [folder, found.find((name) => names.includes(name))])
  .filter(([, name]) => name).map(([folder, name]) => `${folder}${encodeURIComponent(name)}.pdf`)[0];

function dossierLink(site) {
  const href = pdfLink([site.pdf || site.id]);
  return href ? el("p", {}, el("a", { class: "way", href, target: "_blank", rel: "noopener" }, t.dossier)) : null;
}

const sourced = ([text, source]) => [text, el("small", {}, fill(t.source, { source }))];

function siteDetails(site) {
  const status = statuses[site.status];
  // what was not judged is most often a matter of the data: that comes first then
  const blind = site.status === "not_assessed";
  const issues = site.issues && el("div", { class: "warn" }, el("b", {}, t.issues), el("ul", {}, site.issues.map((i) => el("li", {}, el("bdi", {}, i)))));
  const way = data.routes[site.route] || {};
  const sure = way.standing || site.routeConfidence;
  const titled = [way.title || site.route, data.others[site.condition]].filter(Boolean).join(" ");
  const route = [titled, sure && fill(t.routeConfidence, { grade: sure })];
  return el("article", { class: "details" },
    el("p", { class: "under" }, el("bdi", {}, [site.district, label(site) === site.name ? null : site.name, site.id].filter(Boolean).join(" · "))),
    el("p", { class: `badge-line ${site.status}` }, symbol(site.status, 20), ` ${site.statusLabel || status.label}`),
    site.computed ? el("p", { class: "computed" }, fill(t.computedStatus, { status: site.computed })) : null,
    way.forbidden ? el("p", { class: "stop" }, way.forbidden[0]) : status.caution ? el("p", { class: "caution" }, status.caution) : null,
    site.changes ? el("div", { class: "news" }, el("b", {}, `● ${t.changes}`), site.changes.map((c) => el("p", {}, el("bdi", {}, c)))) : null,
    el("p", { class: "reason" }, el("bdi", {}, site.reason)),
    site.lon === undefined ? el("p", { class: "warn" }, t.notDrawn) : null,
    blind ? issues : null,
    facts([[t.action, site.actionText || site.actionLabel], [t.clear, site.clear && `${site.clear} (${t.clearMeaning})`], [t.firstStep, way.step && sourced(way.step)]]),
    blind ? null : issues,
    facts([
      [t.work, workText(site)], [t.papers, site.papersText], [t.function, site.overlaps ? null : functionText(site)], [t.boundary, site.boundary],
      [t.rim, site.atRim && site.rim],
      [t.probability, site.probability], [t.area, site.area], [t.forestArea, site.forestArea],
      [t.route, route.filter(Boolean).join("; ")], [way.work ? t.doneBy : t.decider, way.work && site.tasks ? null : site.decider || way.decides], // the work was named above
      [t.contact, way.contact && way.contact.join(", ")], [t.questions, data.others[site.questions]],
      [t.grades, sure && t.gradesMeaning],
      [t.overlays, site.overlays === "" ? t.overlaysNone : site.overlays],
      [t.recorded, site.recordedWords],
    ]),
    dossierLink(site),
    site.latlng ? wayThere(site, blind && site.issues) : null,
    site.followup ? followupDetails(site.followup) : null,
    site.overlaps ? el("table", { class: "overlaps" }, el("caption", {}, t.overlap),
      el("tbody", {}, site.overlaps.map(([name, area, share, decree]) => el("tr", {},
        el("td", {}, name, el("small", {}, el("bdi", {}, decree))), el("td", { class: "right" }, area), el("td", { class: "right" }, share))))) : null,
    el("details", {}, el("summary", {}, t.more), facts([
      [t.name, site.name], [t.siteId, site.id], [t.village, site.village], [t.kodim, site.kodim],
      [t.coordinates, site.coordinates], [t.utm, site.coordinates && utmText(site.lon, site.lat)],
      [t.coordinatesAsGiven, site.given], [t.tolerance, site.tolerance], [t.rim, site.atRim ? null : site.rim],
      [t.others, data.others[site.others]], [t.forbidden, way.forbidden && inOne(way.forbidden)], [t.declaredArea, site.declaredArea], [t.decree, site.decree], [t.citations, site.citations], [t.file, site.file],
    ])));
}
