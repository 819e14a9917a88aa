// The legend, which switches layers on and off.
function buildLegend(map, layers, table) {
  byId("legend-status").append(...data.statuses.map((s) =>
    el("li", {}, symbol(s.key, 20), el("span", {}, s.label),
      el("b", {}, number(data.sites.filter((site) => site.status === s.key).length)))));

  const absent = data.sites.filter((site) => !site.latlng).length;
  if (absent) byId("legend-status").append(el("li", { class: "absent" }, absent === 1 ? t.absentOne : fill(t.absent, { n: number(absent) })));

  const view = L.latLngBounds(data.bounds).pad(0.001);
  const away = data.sites.filter((site) => site.latlng && !view.contains(site.latlng));
  if (away.length) {
    const all = L.latLngBounds(data.sites.filter((site) => site.latlng).map((site) => site.latlng)).pad(0.1);
    const show = () => {
      if (NARROW.matches) byId("legend").open = false; // it would cover what was asked for
      map.away = true;
      map.setMaxBounds(null);
      map.fitBounds(all, { paddingTopLeft: [legendWidth() + 30, 40], paddingBottomRight: [60, 40], animate: false });
    };
    byId("legend-status").append(el("li", { class: "absent away" },
      el("button", { type: "button", class: "plain", id: "show-away", onclick: show },
        el("span", {}, fill(t.outOfPicture, { n: number(away.length) })), el("span", { class: "away-show" }, `: ${t.showThem}`))));
  }

  const toggle = (list, id, parts, on, change) => {
    const box = el("input", { type: "checkbox", id });
    box.checked = on;
    box.addEventListener("change", () => change(box.checked));
    byId(list).append(el("li", {}, el("label", { for: id }, box, ...parts)));
  };
  const layer = (list, id, parts, on, thing) =>
    toggle(list, id, parts, on, (checked) => (checked ? thing.addTo(map) : thing.remove()));

  for (const f of data.functions.filter((one) => layers.forest[one.key])) {
    toggle("legend-functions", `show-${f.key}`, [swatch(`url(#f-${f.key})`), el("span", {}, `${f.abbreviation} – ${f.name}`)], true,
      (checked) => {
        if (checked) layers.forest[f.key].addTo(map);
        else layers.forest[f.key].remove();
        layers.labels.hiddenFunctions[checked ? "delete" : "add"](f.key);
        layers.labels.refresh();
      });
  }
  if (data.drawn.length) byId("legend-functions").append(el("li", { class: "no-box" }, swatch("#d3d6d9"), el("span", {}, t.noPolygon)));
  if (data.frame) byId("legend-functions").append(el("li", { class: "no-box" }, swatchFrame(), el("span", {}, t.outOfFrame)));

  byId("extra-head").hidden = !data.extra.length;
  for (const [i, one] of data.extra.entries()) {
    layer("legend-extra", `show-extra-${i}`, [swatchExtra(one), el("span", { title: one.kind }, el("bdi", {}, one.name))], true, layers.extra[i]);
  }

  const other = "legend-layers";
  layer(other, "show-labels", [t.labels], true, layers.labels);
  toggle(other, "show-numbers", [t.numbers], false, (on) => {
    map.getContainer().classList.toggle("numbered", on);
    layers.sites.canvas?.draw();
  });
  toggle(other, "show-joined", [t.group], true, (on) => {
    if (layers.sites.canvas) {
      layers.sites.canvas.apart = !on;
      return layers.sites.canvas.draw();
    }
    layers.sites.holder.remove();
    layers.sites.holder = (on ? layers.sites.joined : layers.sites.apart).addTo(map);
    showSites(layers.sites, table.visible);
  });
  if (data.sites.some((s) => s.band)) layer(other, "show-bands", [symbolBand(), t.band], true, layers.sites.bands);
  if (data.sites.some((s) => s.parcel)) layer(other, "show-parcels", [t.parcels], true, layers.sites.parcels);
  if (data.sites.some((s) => s.clearAt)) layer(other, "show-clear", [symbolClear(), t.clearLayer], true, layers.sites.clear);
  layer(other, "show-grid", [t.grid], true, layers.grid);
  for (const [i, base] of baseLayers().entries()) layer(other, `show-net-${i}`, [base.title], false, base.layer);
  const imagery = satellite();
  toggle(other, "show-imagery", [t.imagery], false, (on) => {
    if (on) imagery.addTo(map);
    else imagery.remove();
    map.getContainer().classList.toggle("over-imagery", on);
  });
}

// The drawings on the map's buttons in words: a finger sees no hint.
function explainButtons(map) {
  const buttons = [...map.zoomControl.getContainer().querySelectorAll(".map-button")].filter((button) => !button.hidden);
  byId("legend-buttons").append(...buttons.map((button) => el("li", {}, button.firstChild.cloneNode(true), el("span", {}, button.title))));
}

const swatchExtra = (one) =>
  svg("svg", { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("rect", { x: 1.5, y: 1.5, width: 23, height: 13, fill: "#fff", stroke: one.colour, "stroke-width": 2.6, "stroke-dasharray": one.dash }));

const symbolClear = () =>
  svg("svg", { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("path", { d: "M1 13L18 5", stroke: "#111", "stroke-width": 2, "stroke-dasharray": "4 3" }),
    svg("circle", { cx: 20.5, cy: 4.5, r: 3.6, fill: "#fff", stroke: "#111", "stroke-width": 1.6 }));

const swatchFrame = () =>
  svg("svg", { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("rect", { x: 0.5, y: 0.5, width: 25, height: 15, fill: "#f3f6f8", stroke: "#555", "stroke-dasharray": "4 3" }));

const symbolBand = () =>
  svg("svg", { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("circle", { cx: 13, cy: 8, r: 7, fill: "#ffc20a", "fill-opacity": 0.3, stroke: "#111", "stroke-dasharray": "3 3" }));

// A picture from above, under a forest that lets it through.
const satellite = () =>
  L.tileLayer("https://server.arcgisonline.com/ArcGIS/rest/services/World_Imagery/MapServer/tile/{z}/{y}/{x}",
    { pane: "base", maxZoom: 18, attribution: "Esri, Maxar, Earthstar Geographics, GIS User Community" });

// OpenStreetMap's servers refuse pages opened as a file (they send no referrer), so it is offered on the web only.
function baseLayers() {
  const big = L.tileLayer("https://geoservices.big.go.id/rbi/rest/services/BASEMAP/Rupabumi_Indonesia/MapServer/tile/{z}/{y}/{x}",
    { pane: "base", maxZoom: 18, attribution: "Rupabumi Indonesia, Badan Informasi Geospasial" });
  const osm = L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    { pane: "base", maxZoom: 19, attribution: "© OpenStreetMap contributors", referrerPolicy: "strict-origin-when-cross-origin" });
  const bases = [{ title: t.rupabumi, layer: big }];
  if (location.protocol.startsWith("http")) bases.push({ title: t.openStreetMap, layer: osm });
  return bases;
}
