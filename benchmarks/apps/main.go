// The raw app of asgi.py on net/http, without a framework.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
)

const chunks = 10

var (
	hello = []byte("Hello, world!")
	large = bytes.Repeat([]byte("x"), 100_000)
	chunk = bytes.Repeat([]byte("x"), 128)

	server = &http.Server{}
)

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, body)
}

func upload(w http.ResponseWriter, r *http.Request) {
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, strconv.AppendInt(nil, size, 10))
}

// Each chunk is flushed: without that net/http would gather them into one.
func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	for i := 0; i < chunks; i++ {
		w.Write(chunk)
		w.(http.Flusher).Flush()
	}
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { answer(w, hello) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { answer(w, large) })
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/upload", upload)
	mux.HandleFunc("/stream", stream)
	server.Addr = "127.0.0.1:" + os.Args[1]
	server.Handler = mux
	if len(os.Args) > 3 {
		log.Fatal(server.ListenAndServeTLS(os.Args[2], os.Args[3]))
	}
	log.Fatal(server.ListenAndServe())
}
