// Sites packed as columns, gzip, base64: unpacked by the browser itself, without a network.
async function unpackColumns(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { count, columns } = JSON.parse(await new Response(stream).text());
  const sites = Array.from({ length: count }, () => ({}));
  for (const [key, values] of Object.entries(columns)) {
    let sum = 0;
    if (values.steps) values.steps.forEach((step, i) => { sum += step; sites[i][key] = "before" in values ? values.before + sum : sum; });
    else if (values.texts) values.at.forEach((place, i) => { if (place >= 0) sites[i][key] = values.texts[place]; });
    else values.forEach((value, i) => { if (value !== null) sites[i][key] = value; });
  }
  return sites;
}
