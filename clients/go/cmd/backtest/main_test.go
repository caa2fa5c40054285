package main

import (
	"bufio"
	"bytes"
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
	binary := os.Getenv("TRADEFORGE_BIN")
	if binary == "" {
		binary = filepath.Join("..", "..", "..", "..", "target", "debug", "tradeforge")
	}
	server := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir())
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
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if err != nil || !ok {
		t.Fatalf("the server said %q (%v)", line, err)
	}
	return address
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
