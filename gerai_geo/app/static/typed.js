// What is typed stays when the page is opened in the other language.
import { byId } from "./dom.js";

const KEY = "gerai-geo-typed";

export function keepTyped(place) {
  const fields = [...byId("fields").elements].filter((field) => field.name).map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]);
  sessionStorage.setItem(KEY, JSON.stringify({ fields, open: byId("options").open, place }));
}

// Fills in the options again; gives the place.
export function typedBefore() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  sessionStorage.removeItem(KEY);
  if (!kept) return null;
  for (const [name, value] of kept.fields) {
    const field = byId("fields").elements[name];
    if (field) field[field.type === "checkbox" ? "checked" : "value"] = value;
  }
  byId("options").open = kept.open;
  return kept.place;
}
