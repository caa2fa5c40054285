package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The server of this repository on a free port, for one test: its HOST:PORT.
func startServer(t *testing.T) string {
	t.Helper()
	url := startServerWith(t, t.TempDir())
	address, ok := strings.CutPrefix(url, "http://")
	if !ok {
		t.Fatalf("the server is at %q", url)
	}
	return address
}

func program() string {
	return cmp.Or(os.Getenv("TRADEFORGE_BIN"),
		filepath.Join("..", "..", "..", "..", "target", "debug", "tradeforge"))
}

// The same with more arguments: its URL.
func startServerWith(t *testing.T, data string, more ...string) string {
	t.Helper()
	words := append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", data}, more...)
	server := exec.Command(program(), words...)
	var log bytes.Buffer
	server.Stderr = &log
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatalf("%v: build the server with cargo, or set TRADEFORGE_BIN", err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGTERM)
		if err := server.Wait(); err != nil {
			t.Errorf("SIGTERM ended the server with %v\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the server said %q (%v)", line, err)
	}
	return url
}

func try(t *testing.T, server, strategy string) (out, talk string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var outBuffer, talkBuffer bytes.Buffer
	err = run(ctx, server, strategy, 5_000, 42, &outBuffer, &talkBuffer)
	return outBuffer.String(), talkBuffer.String(), err
}

func TestABacktestIsFollowedToItsMetrics(t *testing.T) {
	out, talk, err := try(t, startServer(t), "sma_cross")
	if err != nil {
		t.Fatal(describe(err))
	}
	if !strings.Contains(talk, "SYN:GO@1h has 5000 bars\n") {
		t.Errorf("the bars are not told of:\n%s", talk)
	}
	if !strings.HasSuffix(talk, "RUN_STATE_COMPLETED 100%\n") ||
		strings.Count(talk, "RUN_STATE_COMPLETED") != 1 {
		t.Errorf("the final snapshot is not the last, once:\n%s", talk)
	}
	for _, name := range []string{"net_profit", "sharpe", "trade_count"} {
		if !strings.Contains("\n"+out, "\n"+name+" ") {
			t.Errorf("%s is not among the metrics:\n%s", name, out)
		}
	}
}

func TestAnAddressMayHaveAScheme(t *testing.T) {
	address := startServer(t)
	for _, server := range []string{address, "http://" + address, "http://" + address + "/"} {
		if _, _, err := try(t, server, "buy_and_hold"); err != nil {
			t.Errorf("%s: %s", server, describe(err))
		}
	}
	for _, server := range []string{"", "ftp://" + address, "http://", "http://" + address + "/runs"} {
		if _, err := dial(server); err == nil {
			t.Errorf("%q was taken for an address", server)
		}
	}
}

func TestATokenIsShownAndNotSentInTheOpen(t *testing.T) {
	t.Setenv("TRADEFORGE_TOKEN", "tf_example")
	if _, err := dial("http://box:50051"); err == nil || !strings.Contains(err.Error(), "https://") {
		t.Errorf("a token goes over http: %v", err)
	}
	if _, err := dial("https://box:50051"); err != nil {
		t.Error(err)
	}
	// A server that asks nobody takes what is shown.
	if _, _, err := try(t, startServer(t), "buy_and_hold"); err != nil {
		t.Error(describe(err))
	}
}

func TestAClientIsKnownByItsCertificate(t *testing.T) {
	certificate := func(name string) string {
		path, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "tests/it/certificates", name))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	data := t.TempDir()
	server := startServerWith(t, data, "--access", "on", "--tls-client-required",
		"--tls-cert", certificate("server.pem"), "--tls-key", certificate("server.key"),
		"--tls-client-ca", certificate("clients.pem"))
	t.Setenv("TRADEFORGE_TLS_CA", certificate("ca.pem"))
	if _, _, err := try(t, server, "buy_and_hold"); err == nil {
		t.Error("a client without a certificate was answered")
	}
	t.Setenv("TRADEFORGE_CLIENT_CERT", certificate("ann.pem"))
	if _, err := dial(server); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate without its key was taken: %v", err)
	}
	t.Setenv("TRADEFORGE_CLIENT_KEY", certificate("ann.key"))
	if _, _, err := try(t, server, "buy_and_hold"); err == nil ||
		!strings.Contains(describe(err), "whose certificate") {
		t.Errorf("a certificate that nobody registered was taken: %v", err)
	}
	token, err := os.ReadFile(filepath.Join(data, "first-admin-token"))
	if err != nil {
		t.Fatal(err)
	}
	add := exec.Command(program(), "token", "add", "ann", "--role", "submitter",
		"--certificate", certificate("ann.pem"), "--server", server)
	add.Env = append(os.Environ(), "TRADEFORGE_TOKEN="+strings.TrimSpace(string(token)))
	if said, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if _, _, err := try(t, server, "buy_and_hold"); err != nil {
		t.Error(describe(err))
	}
}

func TestARefusalNamesTheFaultyField(t *testing.T) {
	_, _, err := try(t, startServer(t), "sma_crss")
	if err == nil {
		t.Fatal("an unknown strategy was taken")
	}
	text := describe(err)
	if !strings.Contains(text, "\n  backtest.strategy") || !strings.Contains(text, "sma_cross") {
		t.Errorf("neither the field nor the nearest name is told of:\n%s", text)
	}
}
