// Rings travel as text: steps between corners in 1e-5 degrees, as in the polyline format of web maps.
function unpackRings(geometry, from = [0, 0], perDegree = 1e5, open = false) {
  const ring = (text) => {
    const steps = [];
    for (let i = 0; i < text.length;) {
      let step = 0;
      for (let shift = 0, part = 32; part >= 32; shift += 5) {
        part = text.charCodeAt(i++) - 63;
        step |= (part & 31) << shift;
      }
      steps.push(step & 1 ? ~(step >> 1) : step >> 1);
    }
    if (open && steps.length === 8) unfold(steps);
    const corners = [];
    const at = [0, 0];
    steps.forEach((step, i) => {
      at[i % 2] += step;
      if (i % 2) corners.push([from[0] + at[0] / perDegree, from[1] + at[1] / perDegree]);
    });
    if (open) corners.push(corners[0]);
    return corners;
  };
  const polygons = geometry.rings.map((rings) => rings.map(ring));
  geometry.type = "MultiPolygon";
  geometry.coordinates = polygons;
  delete geometry.rings;
  return geometry;
}

// Four corners are sent as what makes them differ from a parallelogram around the site.
function unfold(steps) {
  for (const axis of [0, 1]) {
    steps[axis] = (steps[axis] - steps[axis + 2] - steps[axis + 4]) / 2;
    steps[axis + 6] -= steps[axis + 2];
  }
}
