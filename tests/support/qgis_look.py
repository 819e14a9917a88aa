"""Run by Debian's Python, which has QGIS: open layers, tell how they are drawn, and draw them to a picture."""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

picture, sources = sys.argv[1], sys.argv[2:]
app = QgsApplication([], False)
app.initQgis()
layers, told = [], []
for source in sources:
    layer = QgsVectorLayer(source, "layer", "ogr")
    message, loaded = layer.loadDefaultStyle()
    renderer = layer.renderer()
    if renderer.type() == "categorizedSymbol":
        classes = {c.value(): [c.label(), c.symbol().color().name()] for c in renderer.categories()}
    elif renderer.type() == "singleSymbol":
        classes = {}
    else:
        rules = renderer.rootRule().children()
        classes = {f"{r.filterExpression()}|{r.symbol().type()}": [r.label(), r.symbol().color().name()] for r in rules}
    told.append(
        {
            "valid": layer.isValid(),
            "loaded": loaded,
            "rows": layer.featureCount(),
            "fields": layer.fields().names(),
            "renderer": renderer.type(),
            "classes": classes,
        }
    )
    layers.append(layer)
settings = QgsMapSettings()
settings.setLayers(layers)
settings.setDestinationCrs(layers[0].crs())
extent = layers[0].extent()
extent.scale(1.1)
settings.setExtent(extent)
settings.setOutputSize(QSize(700, 500))
settings.setBackgroundColor(QColor("white"))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(picture)
colours = {}
for x in range(image.width()):
    for y in range(image.height()):
        name = image.pixelColor(x, y).name()
        colours[name] = colours.get(name, 0) + 1
sys.stdout.write(json.dumps({"layers": told, "colours": colours}) + "\n")
sys.stdout.flush()
os._exit(0)  # QGIS' own exit without a window crashes
