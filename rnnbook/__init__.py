"""Recurrent networks and their gradients: the package behind *Gradients Through Time*.

The public names are listed in ``__init__.pyi``. They are loaded when first used, so that
``import rnnbook`` costs next to nothing and a live figure never waits for PyTorch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
