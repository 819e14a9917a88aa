// Builds the page; gives the Leaflet map to what folium adds behind it.
const NARROW = matchMedia("(max-width: 760px), (max-height: 480px)");

const NEAR_ZOOM = 12; // from here on a few hundred metres are more than a symbol

const UPRIGHT = matchMedia("(max-width: 760px)");
const legendWidth = () => (!UPRIGHT.matches && byId("legend").open ? byId("legend").offsetWidth : 0);

function createPanes(map) {
  const order = ["base", "forest", "extra", "frame", "grid", "bands", "parcels", "labels", "measure", "sites", "tips"];
  order.forEach((name, i) => { map.createPane(name).style.zIndex = 300 + 10 * i; });
  for (const name of ["frame", "grid", "bands", "labels", "measure", "tips"]) map.getPane(name).style.pointerEvents = "none";
}

function start(id) {
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(ICONS);
  const map = L.map(id, { zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 18, zoomSnap: 0.25, maxBoundsViscosity: 0.6 });
  createPanes(map);
  const home = () => {
    // all that is drawn, clear of the legend, unless the sites would come out much smaller for it
    const wide = data.frame && L.geoJSON(data.frame).getBounds();
    const room = L.point(legendWidth() + 80, 80);
    const zoomOf = (bounds) => map.getBoundsZoom(L.latLngBounds(bounds), false, room);
    const bounds = wide && zoomOf(wide) > zoomOf(data.bounds) - 0.8 ? wide : data.bounds;
    map.fitBounds(bounds, { paddingTopLeft: [legendWidth() + 30, 40], paddingBottomRight: [50, byId("readout").offsetHeight && !map.openedSite ? 104 : 40], maxZoom: 14, animate: false });
    map.away = false;
  };
  map.fitBounds(data.bounds, { animate: false });
  map.zoomControl = L.control.zoom({ position: "topright", zoomInTitle: t.zoomIn, zoomOutTitle: t.zoomOut }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 160, position: "bottomright" }).addTo(map);
  controlButton(map, t.home, "M3 12L12 4L21 12M6 10V20H18V10").addEventListener("click", home);

  const layers = { forest: forestLayers(map), extra: extraLayers(map), labels: functionLabels(map), grid: gridLayer(map) };
  drawFrame(map);
  measuring(map);
  pointCheck(map);
  readout(map);
  fullscreen();
  minimap(map);
  const chooseTab = tabs(map);
  map.on("dragstart zoomstart", () => { map.away = true; });
  map.home = home;
  byId("legend").open = byId("facts").open = !NARROW.matches;
  home();
  keepSize(map);
  byId("legend").addEventListener("toggle", () => {
    if (!map.away && !document.documentElement.classList.contains("printing")) home();
  });
  if (data.frame) map.setMaxBounds(L.geoJSON(data.frame).getBounds().pad(2));
  if (byId("gerai-sites")) {
    byId("shown").textContent = t.loading;
    unpackSites().then((sites) => { data.sites = sites; fillIn(map, layers, chooseTab); })
      .catch((error) => { byId("shown").textContent = t.oldBrowser; throw error; });
  } else fillIn(map, layers, chooseTab);
  map.judge = { point: judgePoint, plot: judgePlot, parts: judgeParts, read: readPlace, shapes: readShapes };
  return map;
}

// The map's room changes with more than the window: facts fold, a note comes, a phone is turned.
function keepSize(map) {
  let before = map.getSize(); // Leaflet itself follows the window, at the same time as this
  new ResizeObserver(() => {
    if (document.documentElement.classList.contains("printing") || !map.getContainer().offsetHeight) return;
    map.invalidateSize({ animate: false });
    if (map.getSize().equals(before)) return;
    before = map.getSize();
    if (map.openedSite?.latlng) keepInSight(map, map.openedSite.latlng);
    else if (!map.away) map.home();
  }).observe(map.getContainer());
}

// All that needs the sites.
function fillIn(map, layers, chooseTab) {
  layers.sites = data.sites.length > MANY ? manySites(map) : siteLayers(map);
  const table = siteTable((site, byKey) => pick(site, byKey), (visible) => {
    showSites(layers.sites, visible);
    noteFilter(visible);
    if (map.openedSite && !visible.includes(map.openedSite)) closeSite(map); // its symbol is gone from the ground
  });
  byId("filter-off").addEventListener("click", table.reset);
  buildLegend(map, layers, table);
  table.apply();
  printing(map, table, layers);

  function pick(site, byKey) {
    chooseTab("map");
    const panel = openSite(map, site);
    if (site.latlng) lookAt(map, site, layers.sites);
    if (byKey) panel.focus();
  }
  // the neighbour in the list as it stands
  map.on("sitestep", ({ site, by }) => {
    const { visible } = table;
    const next = visible[(visible.indexOf(site) + by + visible.length) % visible.length];
    if (next) pick(next, true);
  });
  listFiles(table);
  mapPicture(map, chooseTab);
  whereAmI(map);
  explainButtons(map);

  // a tap in the overview goes to where the ground around the site can be told apart
  map.on("sitetap", ({ site }) => { if (map.getZoom() < NEAR_ZOOM) lookAt(map, site, layers.sites); });
  map.on("siteopen", ({ site }) => { table.mark(site); setHash(`#site=${encodeURIComponent(site.id)}`); });
  map.on("siteclose", () => setHash(" "));
  const followLink = () => {
    // #site= comes first; ?site= is for programs that drop what stands behind #
    const match = /[#&]site=([^&]*)/.exec(location.hash) || /[?&]site=([^&]*)/.exec(location.search);
    const wanted = match && decode(match[1]);
    const site = data.sites.find((s) => s.id === wanted);
    if (!site) {
      const set = [...new URLSearchParams(location.hash.slice(1))].filter(([key]) => ["agency", "district", "kodim"].includes(key));
      if (set.length && table.choose(Object.fromEntries(set))) chooseTab("list");
      return;
    }
    if (!table.visible.includes(site)) table.reset();
    pick(site, false);
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") map._popup?.isOpen() ? map.closePopup() : closeSite(map); });
  addEventListener("hashchange", followLink);
  followLink();
}

// What a filter hides is said on the map itself: an empty map is no map without sites.
function noteFilter(visible) {
  const total = data.sites.length;
  byId("filter-note").hidden = visible.length === total;
  const absent = visible.filter((site) => site.lon === undefined).length;
  byId("filter-said").textContent = fill(absent ? t.filteredAbsent : t.filtered, { n: number(visible.length), total: number(total), absent: number(absent) });
}

function lookAt(map, site, layers) {
  site.shapes ||= siteShapes(map, site, layers);
  const last = site.shapes.length ? site.shapes[site.shapes.length - 1][1] : null;
  const bounds = last instanceof L.Circle ? site.latlng.toBounds(2.6 * last.getRadius()) : last ? last.getBounds().pad(0.6) : site.latlng.toBounds(4000);
  map.away = true;
  const side = NARROW.matches ? 20 : 70;
  map.fitBounds(bounds, { paddingTopLeft: [legendWidth() + side, side / 2], paddingBottomRight: [side, side / 2], maxZoom: 16, animate: false });
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a link cut short in a letter
  }
}

function setHash(hash) {
  if (location.protocol === "about:") return; // inside a notebook's frame
  history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash);
}
