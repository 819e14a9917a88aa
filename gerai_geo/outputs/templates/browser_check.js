// Read by every browser there is: says so where the map's own script can't be read.
(function () {
  var able = "replaceChildren" in Element.prototype && window.CSS && CSS.supports("inset", "0");
  if (!able) document.getElementById("old-browser").hidden = false;
})();
