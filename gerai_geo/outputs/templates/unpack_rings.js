// Rings travel as text: steps between corners in 1e-5 degrees, as in the polyline format of web maps.
function unpackRings(geometry, from = [0, 0], perDegree = 1e5, open = false) {
  const ring = (text) => {
    const corners = [];
    const at = [0, 0];
    for (let i = 0, axis = 0; i < text.length; axis ^= 1) {
      let step = 0;
      for (let shift = 0, part = 32; part >= 32; shift += 5) {
        part = text.charCodeAt(i++) - 63;
        step |= (part & 31) << shift;
      }
      at[axis] += step & 1 ? ~(step >> 1) : step >> 1;
      if (axis) corners.push([from[0] + at[0] / perDegree, from[1] + at[1] / perDegree]);
    }
    if (open) corners.push(corners[0]);
    return corners;
  };
  const polygons = geometry.rings.map((rings) => rings.map(ring));
  geometry.type = "MultiPolygon";
  geometry.coordinates = polygons;
  delete geometry.rings;
  return geometry;
}
