// The raw app of asgi.py on node:http, without a framework.
"use strict";

const http = require("node:http");

const HELLO = Buffer.from("Hello, world!");
const LARGE = Buffer.alloc(100_000, "x");
const CHUNK = Buffer.alloc(128, "x");
const CHUNKS = 10;

function answer(response, body) {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
}

function echo(request, response) {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => answer(response, Buffer.concat(parts)));
}

function stream(response) {
  response.writeHead(200, { "content-type": "text/plain" });
  for (let i = 0; i < CHUNKS; i++) response.write(CHUNK);
  response.end();
}

const server = http.createServer((request, response) => {
  switch (request.url) {
    case "/":
      return answer(response, HELLO);
    case "/large":
      return answer(response, LARGE);
    case "/echo":
      return echo(request, response);
    case "/stream":
      return stream(response);
    default:
      response.writeHead(404);
      return response.end();
  }
});

// The default of 5 s would close the idle connections before their memory is read.
server.keepAliveTimeout = 300_000;
server.listen(Number(process.argv[2]), "127.0.0.1");
