"""What rendering refuses."""


class RenderError(Exception):
    """The document cannot be rendered; the message is fit to show to an editor."""
