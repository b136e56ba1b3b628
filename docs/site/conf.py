"""The site, as Sphinx makes it: pages in Markdown, furo's looks, nothing from another host."""

from importlib.metadata import version as version_of
from pathlib import Path

project = "realtime"
version = release = version_of("realtime")
extensions = ["myst_parser", "plain"]

root_doc = "index"
myst_heading_anchors = 4
html_theme = "furo"
html_title = "realtime"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_favicon = str(Path(__file__).parent / "static" / "icon.svg")
smartquotes = False  # they are typed as they are meant, and options have two dashes
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_permalinks_icon = "#"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
highlight_language = "text"
