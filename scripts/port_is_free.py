"""Say so in words where the port of `make demo` is taken."""

import socket
import sys

port = int(sys.argv[1])
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        sys.exit(f"端口 {port} 已被占用，请换一个，如：PORT={port + 1} make demo")
