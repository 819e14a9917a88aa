// What folium's own elements ask of its page: jQuery's $ for markup, and pins of a colour. Loaded with such elements only.
window.$ = window.$ || ((markup) => {
  const holder = document.createElement("template");
  holder.innerHTML = markup.trim();
  return [...holder.content.childNodes];
});
L.AwesomeMarkers = L.AwesomeMarkers || {
  icon: ({ markerColor }) => {
    const pin = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    pin.setAttribute("viewBox", "0 0 26 36");
    const shape = document.createElementNS(pin.namespaceURI, "path");
    shape.setAttribute("d", "M13 35C9 26 2 21 2 13a11 11 0 0 1 22 0c0 8-7 13-11 22z");
    shape.setAttribute("fill", CSS.supports("color", markerColor) ? markerColor : "#2a6cb0");
    shape.setAttribute("stroke", "#fff");
    shape.setAttribute("stroke-width", "2");
    pin.append(shape);
    return L.divIcon({ className: "folium-pin", html: pin, iconSize: [26, 36], iconAnchor: [13, 36], popupAnchor: [0, -32] });
  },
};
