"""How a model comes to be: recipes, loss, loop, export, evaluation, release."""
