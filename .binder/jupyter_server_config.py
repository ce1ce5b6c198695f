"""JupyterLab's server: a demo on it asks no other machine for MathJax, which it does not use."""
# ruff: noqa: F821

c.ServerApp.tornado_settings.update({"mathjax_url": None, "mathjax_config": None})
