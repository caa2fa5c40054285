package tradeforge.client;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a connection is to be. What is not said is taken from the variables {@code
 * TRADEFORGE_SERVER}, {@code TRADEFORGE_TOKEN}, {@code TRADEFORGE_TLS_CA}, {@code
 * TRADEFORGE_CLIENT_CERT} and {@code TRADEFORGE_CLIENT_KEY}, if they are there.
 */
public final class TradeForgeBuilder {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private String address;
  private String token;
  private Path authority;
  private Path certificate;
  private Path key;
  private Duration timeout = TIMEOUT;

  TradeForgeBuilder(Map<String, String> environment) {
    address = named(environment, Address.VARIABLE, Address.USUAL);
    token = named(environment, "TRADEFORGE_TOKEN", "");
    authority = file(environment, "TRADEFORGE_TLS_CA");
    certificate = file(environment, "TRADEFORGE_CLIENT_CERT");
    key = file(environment, "TRADEFORGE_CLIENT_KEY");
  }

  private static Path file(Map<String, String> environment, String name) {
    String file = named(environment, name, "");
    return file.isEmpty() ? null : Path.of(file);
  }

  private static String named(Map<String, String> environment, String name, String otherwise) {
    String value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  /** The server, as {@code HOST:PORT} or {@code http://HOST:PORT}; {@code https://} is TLS. */
  public TradeForgeBuilder address(String address) {
    this.address = address;
    return this;
  }

  /** What a server that asks who calls is shown. It goes to other machines over TLS only. */
  public TradeForgeBuilder token(String token) {
    this.token = token.strip();
    return this;
  }

  /** A file in PEM of the authority that signed the server's certificate, if not a public one. */
  public TradeForgeBuilder tlsCa(Path file) {
    this.authority = file;
    return this;
  }

  /**
   * Files in PEM of the certificate that this client shows, by which a server may know whose it is,
   * and of its key in PKCS #8; they may be one file.
   */
  public TradeForgeBuilder tlsCertificate(Path certificate, Path key) {
    this.certificate = certificate;
    this.key = key;
    return this;
  }

  /** How long a call may take that says nothing else; 30 s at first. Watches may take longer. */
  public TradeForgeBuilder timeout(Duration timeout) {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be above 0, not " + timeout);
    }
    this.timeout = timeout;
    return this;
  }

  /** The connection. Nothing is sent until the first call. */
  public TradeForge connect() {
    Address server = Address.parse(address);
    if (!token.isEmpty() && !server.isSecure() && !server.isNear()) {
      throw new IllegalArgumentException(
          "a token is not sent to " + server.host() + " over http: write https://");
    }
    var channel =
        Grpc.newChannelBuilderForAddress(server.bareHost(), server.port(), credentials(server));
    if (server.isNear()) {
      channel.proxyDetector(any -> null);
    }
    channel
        .userAgent("tradeforge-java")
        .defaultServiceConfig(Repeatable.serviceConfig())
        .disableServiceConfigLookUp()
        .enableRetry()
        // A peer that vanished without a word is noticed while a call waits for it.
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS);
    return new TradeForge(new Wire(server, channel.build(), token, timeout));
  }

  private ChannelCredentials credentials(Address server) {
    if (!server.isSecure()) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    try {
      if (authority != null) {
        tls.trustManager(authority.toFile());
      }
      if (certificate != null) {
        // Its key may stand in the same file.
        Path own = key == null ? certificate : key;
        tls.keyManager(certificate.toFile(), own.toFile());
      }
    } catch (IOException error) {
      throw new UncheckedIOException("a file for TLS cannot be read: " + error.getMessage(), error);
    }
    return tls.build();
  }
}
