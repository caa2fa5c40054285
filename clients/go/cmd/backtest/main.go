// Backtest makes bars up on a TradeForge server, runs a backtest on them, follows it to its end and
// prints its metrics.
//
//	go run ./cmd/backtest -server 127.0.0.1:50051
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	tradeforge "example.com/tradeforge/v1"
)

func main() {
	server := flag.String("server", cmp.Or(os.Getenv("TRADEFORGE_SERVER"), "127.0.0.1:50051"),
		"HOST:PORT of the server, or its URL; TRADEFORGE_SERVER if that is set")
	strategy := flag.String("strategy", "sma_cross", "strategy to run, with its default parameters")
	bars := flag.Int64("bars", 20_000, "hourly bars to make up")
	seed := flag.Uint64("seed", 42, "seed of the bars: the same seed, the same bars")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *server, *strategy, *bars, *seed, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", describe(err))
		os.Exit(1)
	}
}

// Metrics go to out and talk goes to talk, so that the metrics can be piped on.
func run(
	ctx context.Context, server, strategy string, bars int64, seed uint64, out, talk io.Writer,
) error {
	connection, err := dial(server)
	if err != nil {
		return err
	}
	defer connection.Close()

	subscription, err := generate(ctx, connection, bars, seed, talk)
	if err != nil {
		return err
	}
	runs := tradeforge.NewRunServiceClient(connection)
	submitted, err := runs.Submit(ctx, &tradeforge.SubmitRequest{
		Spec: &tradeforge.SubmitRequest_Backtest{Backtest: &tradeforge.BacktestSpec{
			Strategy:      &tradeforge.StrategyRef{Name: strategy},
			Subscriptions: []*tradeforge.Subscription{subscription},
			Simulation: &tradeforge.Simulation{
				InitialCash:    "10000", // money is text: exact, whatever the language
				CommissionRate: "0.001",
			},
		}},
		RequestId: newUUID(), // makes it safe to send the same request again
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(talk, "run %s over %d bars\n", submitted.RunId, submitted.Total)
	result, err := watch(ctx, runs, submitted.RunId, talk)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(result.Metrics)) {
		fmt.Fprintf(out, "%-24s %.6g\n", name, result.Metrics[name])
	}
	return nil
}

// An address is HOST:PORT, or a URL as every other client takes it; with https, over TLS.
func dial(server string) (*grpc.ClientConn, error) {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	at, err := url.Parse(server)
	if err != nil || at.Host == "" || strings.Trim(at.Path, "/") != "" {
		return nil, fmt.Errorf("%q is neither HOST:PORT nor a URL such as http://HOST:PORT", server)
	}
	var security credentials.TransportCredentials
	switch at.Scheme {
	case "http":
		security = insecure.NewCredentials()
	case "https":
		settings, err := certificates()
		if err != nil {
			return nil, err
		}
		security = credentials.NewTLS(settings)
	default:
		return nil, fmt.Errorf("%q: the scheme must be http or https", server)
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(security)}
	if token := os.Getenv("TRADEFORGE_TOKEN"); token != "" {
		host := at.Hostname()
		address := net.ParseIP(host)
		isNear := host == "localhost" || address != nil && address.IsLoopback()
		if at.Scheme == "http" && !isNear {
			return nil, fmt.Errorf("a token is not sent to %s over http: write https://", host)
		}
		options = append(options, grpc.WithPerRPCCredentials(bearer{token, isNear}))
	}
	return grpc.NewClient(at.Host, options...)
}

// What TLS goes by: an authority of one's own, and the certificate by which the server knows this
// client. They are files in PEM, named by the variables that the command line takes, too; the key may
// stand in the file of the certificate.
func certificates() (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := os.Getenv("TRADEFORGE_TLS_CA"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", file)
		}
	}
	if file := os.Getenv("TRADEFORGE_CLIENT_CERT"); file != "" {
		key := cmp.Or(os.Getenv("TRADEFORGE_CLIENT_KEY"), file)
		own, err := tls.LoadX509KeyPair(file, key)
		if err != nil {
			return nil, fmt.Errorf("the certificate of this client: %w", err)
		}
		settings.Certificates = []tls.Certificate{own}
	}
	return settings, nil
}

// A bearer shows a token with each call; in the open to this very machine only.
type bearer struct {
	token  string
	isNear bool
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.token}, nil
}

func (b bearer) RequireTransportSecurity() bool { return !b.isNear }

// Bars that are there already are not made twice.
func generate(
	ctx context.Context, connection *grpc.ClientConn, bars int64, seed uint64, talk io.Writer,
) (*tradeforge.Subscription, error) {
	spec := &tradeforge.SeriesSpec{Exchange: "SYN", Symbol: "GO", Timeframe: "1h"}
	imported, err := tradeforge.NewMarketDataServiceClient(connection).ImportBars(ctx,
		&tradeforge.ImportBarsRequest{
			Series: spec,
			Source: &tradeforge.ImportBarsRequest_Synthetic{
				Synthetic: &tradeforge.SyntheticBars{BarCount: bars, Seed: seed},
			},
		})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(talk, "%s:%s@%s has %d bars\n",
		spec.Exchange, spec.Symbol, spec.Timeframe, imported.Series.BarCount)
	return &tradeforge.Subscription{
		Exchange: spec.Exchange, Symbol: spec.Symbol, Timeframe: spec.Timeframe,
		DataSha256: imported.Series.DataSha256, // this version, whatever is imported later
	}, nil
}

// Every snapshot is complete, and the stream ends after the one that is final.
func watch(
	ctx context.Context, runs tradeforge.RunServiceClient, runID string, talk io.Writer,
) (*tradeforge.BacktestResult, error) {
	stream, err := runs.WatchProgress(ctx, &tradeforge.WatchProgressRequest{RunId: runID})
	if err != nil {
		return nil, err
	}
	var last *tradeforge.RunStatus
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if snapshot := event.GetSnapshot(); snapshot != nil { // else a heartbeat
			last = snapshot
			fmt.Fprintf(talk, "%s %.0f%%\n", last.State, 100*last.GetProgress().GetFraction())
		}
	}
	switch last.GetState() {
	case tradeforge.RunState_RUN_STATE_COMPLETED:
		return last.GetBacktest(), nil
	case tradeforge.RunState_RUN_STATE_FAILED:
		return nil, fmt.Errorf("the run failed: %s: %s", last.Error.Reason, last.Error.Message)
	default:
		return nil, fmt.Errorf("the run ended as %s", last.GetState())
	}
}

// Every faulty field of a refused request, a line each, after the message.
func describe(err error) string {
	text := err.Error()
	refusal, ok := status.FromError(err)
	if !ok {
		return text
	}
	for _, detail := range refusal.Details() {
		if request, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range request.FieldViolations {
				text += fmt.Sprintf("\n  %s: %s", violation.Field, violation.Description)
			}
		}
	}
	return text
}

// A random UUID, version 4.
func newUUID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
