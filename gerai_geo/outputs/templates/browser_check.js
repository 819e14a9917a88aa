// Read by every browser there is: where the map's own scripts and styles can't be read, a sentence stands in its place.
(function () {
  var able = "replaceChildren" in Element.prototype && window.CSS && CSS.supports("inset", "0") && CSS.supports("selector(:is(a))");
  if (able) return;
  document.getElementById("old-browser").hidden = false;
  document.body.className += " too-old";
})();
