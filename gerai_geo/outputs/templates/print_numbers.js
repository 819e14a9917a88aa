// Where the numbers of sites stand on paper: each once, clear of the others, crowded places enlarged.
const MARK = 13; // px, a symbol on paper
const LETTER = 16; // px, the letter of an enlarged place
const LEAST_M = 150; // width of the smallest place that is enlarged
const MOST_ENLARGED = 64; // more is no print for a meeting
const DIRECTIONS = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1], [1, -0.5], [1, 0.5], [-1, -0.5], [-1, 0.5]];

const mercator = ({ lng, lat }) => ({
  x: (lng + 180) / 360, y: 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI),
});

// Sites of one spot, which bear their numbers together.
function spotsOf(sites) {
  const spots = new Map();
  for (const site of sites) {
    const key = `${Math.round(site.lat * 2e4)} ${Math.round(site.lon * 2e4)}`;
    if (!spots.has(key)) spots.set(key, { sites: [], ...mercator(site.latlng), lat: site.lat });
    spots.get(key).sites.push(site);
  }
  for (const spot of spots.values()) spot.status = worst(spot.sites);
  return [...spots.values()];
}

// Spots of one status whose symbols touch in a view: they share a label too.
function clumpsOf(spots) {
  const clumps = [];
  for (const spot of spots) {
    const near = clumps.find((c) => c.status === spot.status && Math.abs(c.px - spot.px) < 7 && Math.abs(c.py - spot.py) < 7 && c.size + spot.sites.length <= 5);
    const clump = near || { status: spot.status, px: spot.px, py: spot.py, size: 0, spots: [] };
    if (!near) clumps.push(clump);
    clump.spots.push(spot);
    clump.size += spot.sites.length;
  }
  for (const clump of clumps) {
    const numbers = clump.spots.flatMap((spot) => spot.sites.map((site) => site.no)).sort((a, b) => a - b);
    const row = clump.size > 5 ? 5 : 3;
    const lines = [];
    for (let i = 0; i < numbers.length; i += row) lines.push(numbers.slice(i, i + row).join(", ") + (i + row < numbers.length ? "," : ""));
    Object.assign(clump, { lines, width: Math.max(...lines.map(widthOfText)) + 2, height: 10.5 * lines.length + 1 });
  }
  return clumps;
}

const measuringPen = document.createElement("canvas").getContext("2d");
function widthOfText(words) {
  measuringPen.font = "700 10.5px 'Liberation Sans', Arial, sans-serif";
  return measuringPen.measureText(words).width;
}

const boxAround = (x, y, half) => [x - half, y - half, x + half, y + half];
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
const boxOf = (points) => [Math.min(...points.map((p) => p.px)), Math.min(...points.map((p) => p.py)), Math.max(...points.map((p) => p.px)), Math.max(...points.map((p) => p.py))];

// Boxes found by place.
function boxIndex(cell = 40) {
  const cells = new Map();
  const keys = (box) => {
    const found = [];
    for (let i = Math.floor(box[0] / cell); i <= Math.floor(box[2] / cell); i++) {
      for (let j = Math.floor(box[1] / cell); j <= Math.floor(box[3] / cell); j++) found.push(`${i} ${j}`);
    }
    return found;
  };
  return {
    add: (box, owner) => { for (const key of keys(box)) (cells.get(key) || cells.set(key, []).get(key)).push([box, owner]); },
    free: (box, owner) => !keys(box).some((key) => (cells.get(key) || []).some(([other, whose]) => whose !== owner && overlap(box, other))),
  };
}

// Numbers beside their symbols, further away on a line where it must be. What finds no room is given back.
function placeNumbers(clumps, framed, frames, { width, height, foot = 0 }, last) {
  const taken = boxIndex();
  const marks = boxIndex();
  for (const clump of clumps) {
    for (const spot of clump.spots) {
      taken.add(boxAround(spot.px, spot.py, MARK / 2), clump);
      marks.add(boxAround(spot.px, spot.py, 3), clump);
    }
  }
  for (const spot of framed) taken.add(boxAround(spot.px, spot.py, MARK / 2), spot);
  for (const frame of frames) {
    taken.add(frame.box, frame);
    frame.letterAt = [[0, 1], [2, 1], [0, 3], [2, 3]]
      .map(([i, j]) => [frame.box[i] + (i ? 1 : -1) * (LETTER / 2 + 1), frame.box[j] + (j === 1 ? 1 : -1) * LETTER / 2])
      .find(([x, y]) => inside(boxAround(x, y, LETTER / 2)) && taken.free(boxAround(x, y, LETTER / 2), frame))
      || [Math.min(Math.max(frame.box[0] - LETTER / 2 - 1, LETTER / 2), width - LETTER / 2), Math.max(frame.box[1] + LETTER / 2, LETTER / 2)];
    taken.add(boxAround(...frame.letterAt, LETTER / 2), frame);
  }
  const placed = [];
  const left = [];
  const crowd = (clump) => (clumps.length > 600 ? 0 : clumps.filter((o) => Math.hypot(o.px - clump.px, o.py - clump.py) < 30).length);
  const order = clumps.map((clump) => [crowd(clump), clump]).sort((a, b) => b[0] - a[0]).map(([, clump]) => clump);
  for (const clump of order) {
    const clear = last || clump.spots.every((spot) => marks.free(boxAround(spot.px, spot.py, 3), clump));
    const found = clear && place(clump);
    if (!found) { left.push(...clump.spots); continue; }
    taken.add(found.box, found);
    for (const dot of found.line) taken.add(boxAround(...dot, 1), found);
    placed.push(found);
  }
  return { placed, left };

  function inside(box) { return box[0] >= 1 && box[1] >= 1 && box[2] <= width - 1 && box[3] <= height - 1 - foot; }
  function place(clump) {
    for (const reach of [0, 9, 18, 28, 40]) {
      for (const [dx, dy] of DIRECTIONS) {
        const [ax, ay] = [MARK / 2 + 1 + reach, MARK / 2 + reach];
        const x = clump.px + dx * (ax + clump.width / 2);
        const y = clump.py + dy * (ay + clump.height / 2);
        const box = [x - clump.width / 2, y - clump.height / 2, x + clump.width / 2, y + clump.height / 2];
        if (!inside(box) || !taken.free(box, null)) continue;
        const line = reach ? leader(clump, box) : [];
        if (line.every((dot) => taken.free(boxAround(...dot, 0.8), clump))) return { lines: clump.lines, box, line };
      }
    }
    return null;
  }
  function leader(spot, box) {
    const [x, y] = [Math.min(Math.max(spot.px, box[0]), box[2]), Math.min(Math.max(spot.py, box[1]), box[3])];
    const steps = Math.max(2, Math.ceil(Math.hypot(x - spot.px, y - spot.py) / 3));
    return Array.from({ length: steps }, (_, i) => [spot.px + ((x - spot.px) * i) / (steps - 1), spot.py + ((y - spot.py) * i) / (steps - 1)]);
  }
}

// Where a view of this size puts its spots, in pixels; it holds `box` (of the plane of the map) with a rim, and its
// foot stays free for the scale.
function viewOf(box, { width, height }, rim, foot, least = 0) {
  const scale = Math.min((width - 2 * rim) / Math.max(box[2] - box[0], least), (height - 2 * rim - foot) / Math.max(box[3] - box[1], least));
  return { width, height, scale, foot, x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 + foot / 2 / scale };
}

const project = (view, spot) => {
  spot.px = (spot.x - view.x) * view.scale + view.width / 2;
  spot.py = (spot.y - view.y) * view.scale + view.height / 2;
};

// Numbers of one view, and the frames of what is enlarged elsewhere.
function planView(spots, view, last) {
  spots.forEach((spot) => project(view, spot));
  let frames = [];
  for (let round = 0; ; round++) {
    const framed = new Set(frames.flatMap((frame) => frame.spots));
    const { placed, left } = placeNumbers(clumpsOf(spots.filter((s) => !framed.has(s))), [...framed], frames, view, last);
    if (!left.length || last || round > 40) return { view, spots: [...spots], at: new Map(spots.map((s) => [s, [s.px, s.py]])), placed, frames, left };
    frames = framesAround(left, frames, spots, view);
  }
}

// Frames around spots without room, joined to those there are, none wider than half the view.
function framesAround(left, frames, spots, view) {
  const groups = frames.map((frame) => [...frame.spots]);
  const fits = (box) => box[2] - box[0] < view.width * 0.46 && box[3] - box[1] < view.height * 0.46;
  const gap = (a, b) => Math.max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]);
  const union = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
  const join = (near) => {
    for (let i = 0; i < groups.length; i++) {
      for (let j = i + 1; j < groups.length; j++) {
        const [a, b] = [boxOf(groups[i]), boxOf(groups[j])];
        if (gap(a, b) < near && fits(union(a, b))) {
          groups[i].push(...groups.splice(j, 1)[0]);
          j = i;
        }
      }
    }
  };
  for (const spot of left) {
    const own = [spot.px, spot.py, spot.px, spot.py];
    const near = groups.map((group) => [gap(boxOf(group), own), group]).filter(([d, group]) => d < 24 && fits(union(boxOf(group), own))).sort((a, b) => a[0] - b[0])[0];
    if (near) near[1].push(spot);
    else groups.push([spot]);
  }
  join(26);
  const free = new Set(spots.filter((spot) => !groups.some((group) => group.includes(spot))));
  for (const group of groups) {
    if (group.length === 1) { // what stands around a single one comes along
      for (const spot of free) {
        if (Math.hypot(spot.px - group[0].px, spot.py - group[0].py) < 26) { group.push(spot); free.delete(spot); }
      }
    }
    const box = boxOf(group).map((v, i) => v + (i < 2 ? -8 : 8));
    for (const spot of free) {
      if (overlap(boxAround(spot.px, spot.py, 0.1), box)) { group.push(spot); free.delete(spot); }
    }
  }
  return groups.map((group) => ({ spots: group, box: boxOf(group).map((v, i) => v + (i < 2 ? -MARK / 2 - 2 : MARK / 2 + 2)) }));
}

// The overview and all that is enlarged from it, with letters; `left` are the spots that got no number.
function planSheets(spots, box, size, inset) {
  const overview = planView(spots, viewOf(box, size, 22, 16), false);
  const enlarged = [];
  const left = [...overview.left];
  const waiting = [...overview.frames];
  while (waiting.length) {
    const frame = waiting.shift();
    if (enlarged.length >= MOST_ENLARGED) { left.push(...frame.spots); frame.letter = ""; continue; }
    frame.letter = letterOf(enlarged.length);
    const least = LEAST_M / (40_075_017 * Math.cos((frame.spots[0].lat * Math.PI) / 180));
    const around = [Math.min(...frame.spots.map((s) => s.x)), Math.min(...frame.spots.map((s) => s.y)), Math.max(...frame.spots.map((s) => s.x)), Math.max(...frame.spots.map((s) => s.y))];
    const view = viewOf(around, inset, frame.spots.length > 3 ? 30 : 85, 14, least);
    const last = around[2] - around[0] <= least && around[3] - around[1] <= least;
    const plan = planView(frame.spots, view, last);
    left.push(...plan.left);
    waiting.push(...plan.frames);
    enlarged.push({ ...plan, letter: frame.letter });
  }
  return { overview, enlarged, left };
}

const letterOf = (i) => (i < 26 ? "" : String.fromCharCode(64 + Math.floor(i / 26))) + String.fromCharCode(65 + (i % 26));
