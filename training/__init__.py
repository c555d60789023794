"""How a model comes to be: recipes, loss, loop, export, evaluation, release."""

# first of all: it takes Pillow's own ``open``, in whose place ultralytics puts one that installs
# packages when a file is no picture
import wsai.vision.images  # noqa: F401
