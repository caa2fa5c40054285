package tradeforge.client;

import java.net.URI;
import java.net.URISyntaxException;

/** Where a server is, as people write it. */
record Address(String host, int port, boolean isSecure) {
  static final String VARIABLE = "TRADEFORGE_SERVER";
  static final String USUAL = "127.0.0.1:50051";

  /** Reads "HOST:PORT", "http://HOST:PORT" or, for TLS, "https://HOST:PORT". */
  static Address parse(String text) {
    URI uri;
    try {
      uri = new URI(text.contains("://") ? text : "http://" + text);
    } catch (URISyntaxException error) {
      throw refusal(text);
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    boolean isSecure = "https".equalsIgnoreCase(uri.getScheme());
    boolean isPlain =
        (isSecure || "http".equalsIgnoreCase(uri.getScheme()))
            && uri.getHost() != null
            && (path.isEmpty() || path.equals("/"))
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null
            && uri.getRawUserInfo() == null;
    int port = uri.getPort() == -1 ? (isSecure ? 443 : 80) : uri.getPort();
    if (!isPlain || port < 1 || port > 65_535) {
      throw refusal(text);
    }
    return new Address(uri.getHost(), port, isSecure);
  }

  private static IllegalArgumentException refusal(String text) {
    return new IllegalArgumentException(
        "address must be \"HOST:PORT\" or \"http(s)://HOST:PORT\", not \"" + text + "\"");
  }

  /** Whether it is this very machine, where nobody listens between. */
  boolean isNear() {
    return host.equalsIgnoreCase("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.\\d{1,3}){3}");
  }

  /** The host as gRPC takes it: an address of IPv6 without its brackets. */
  String bareHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  @Override
  public String toString() {
    return (isSecure ? "https://" : "http://") + host + ":" + port;
  }
}
