// In the field: the way to a site, its position to copy, and where one stands.
function wayThere(site, doubtful) {
  const { lat, lon } = site;
  // only the decimal degrees have a point: so Google Maps takes them
  const notations = [[t.decimalDegrees, `${lat.toFixed(6)}, ${lon.toFixed(6)}`], [t.degrees, position(lon, lat)], [t.utm, utmText(lon, lat)]];
  const link = (href, words) => el("a", { class: "way", href, target: "_blank", rel: "noopener noreferrer" }, words);
  return el("section", { class: "way-there" },
    doubtful ? el("p", { class: "warn" }, t.doubtfulPlace) : null,
    el("p", {},
      link(`https://www.google.com/maps/search/?api=1&query=${lat.toFixed(6)}%2C${lon.toFixed(6)}`, t.googleMaps),
      link(`geo:${lat.toFixed(6)},${lon.toFixed(6)}?q=${lat.toFixed(6)},${lon.toFixed(6)}`, t.geoLink)),
    el("ul", {}, notations.map(([notation, words]) => el("li", {}, el("span", {}, el("small", {}, notation), words),
      el("button", { type: "button", class: "plain copy", "aria-label": `${t.copy}: ${words}`, onclick: (event) => copyText(words, event.currentTarget) }, t.copy)))));
}

// Pages opened as a file may lack the clipboard; the selection of a text field works everywhere.
async function copyText(words, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(words);
    done = true;
  } catch {
    const field = el("textarea", { class: "hidden", "aria-hidden": "true" });
    field.value = words;
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
  }
  button.textContent = done ? t.copied : t.copyFailed;
  setTimeout(() => { button.textContent = t.copy; }, 2500);
}

// Asked for by a button only; the position stays in this page.
function whereAmI(map) {
  const button = controlButton(map, t.whereAmI, "M12 2V6M12 18V22M2 12H6M18 12H22M12 8A4 4 0 1 0 12 16A4 4 0 1 0 12 8Z");
  const group = L.layerGroup().addTo(map);
  const say = (words, latlng) => openPopup(map, el("p", { class: "details" }, words), latlng);
  if (!navigator.geolocation) button.hidden = true;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      button.disabled = false;
      const here = L.latLng(coords.latitude, coords.longitude);
      group.clearLayers();
      const style = { pane: "measure", color: "#0b5fa5", weight: 2, interactive: false };
      group.addLayer(L.circle(here, { ...style, radius: coords.accuracy, fillOpacity: 0.12 }));
      group.addLayer(L.circleMarker(here, { ...style, radius: 7, fillColor: "#0b5fa5", fillOpacity: 1, color: "#fff" }));
      map.away = true;
      map.setMaxBounds(null);
      map.setView(here, Math.max(map.getZoom(), 14), { animate: false });
      say(fill(t.youAreHere, { position: position(coords.longitude, coords.latitude), accuracy: lengthText(coords.accuracy) }), here);
    }, (error) => {
      button.disabled = false;
      say(error.code === 1 ? t.locationRefused : t.locationFailed, map.getCenter());
    }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 10000 });
  });
}
