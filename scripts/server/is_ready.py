"""Ask the server of this container whether it is ready; the status says it."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """Return 0 when /readyz answers with 200."""
    port = int(os.environ.get("PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
