"""Voilà's settings, for the demos here and wherever Voilà serves them."""
# ruff: noqa: F821

from pathlib import Path

from rnnbook.demos import voila_resources
from rnnbook.launch import site_address

demos = Path(__file__).parent.parent

c.VoilaConfiguration.template = "rnnbook"  # asks nothing of other machines
c.VoilaConfiguration.resources = {
    "rnnbook": voila_resources(demos, site_address(demos.parent.parent))
}
c.VoilaConfiguration.allow_template_override = "NO"
c.VoilaConfiguration.allow_theme_override = "NO"
c.VoilaConfiguration.strip_sources = True
c.VoilaConfiguration.file_allowlist = ["(?!)"]
c.VoilaConfiguration.extension_allowlist = [  # what shows the widgets
    "anywidget",
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
]
c.VoilaConfiguration.preheat_kernel = True
c.MappingKernelManager.cull_idle_timeout = 120  # s without anybody connected
c.MappingKernelManager.cull_interval = 30
c.KernelRestarter.restart_limit = 0  # a new kernel would know nothing of the page's figure
c.KernelRestarter.time_to_dead = 1
