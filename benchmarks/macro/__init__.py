"""The macro benchmark: server CPU time per request or message of whole servers over loopback TCP.

    __main__     command line: pick, build, run, print, save
      peers      makes the venv or binary of each peer
      runner     rounds: every scenario on every server, in rotated order
        measure  one measurement of each kind: cpu, idle, startup
          process  a server as a subprocess of ours, always ended
          load     what a load generator counted
            wrk      one run of wrk, for HTTP/1.1
            h2load   one run of h2load, for HTTP/2
            ws_load  one run of ws_client, for WebSocket
          client   single requests, to see that an answer is the right one
            websocket  the same for a WebSocket
            http2      the same over HTTP/2
          procfs   CPU time and memory of a process tree
      report     tables out of a record
      record     the record of a run: what is printed and saved as JSON

    ws_client    a program of its own: the load generator for WebSockets
      frames     how a client writes a message
      messages   what is sent

Data: `servers.py`, `scenarios.py`, the pins in `peers.py`, and `bounds.toml`.
"""
