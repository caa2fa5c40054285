package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tradeforge.v1.WhoAmIRequest;

class AccessTest {
  private static final Path CERTIFICATES =
      Path.of("../../tests/it/certificates").toAbsolutePath().normalize();

  @TempDir Path folder;

  @Test
  void aTokenIsShownOverTlsToAServerWhoseCertificateHolds() throws Exception {
    try (Server server =
        new Server(
            folder,
            "--access",
            "on",
            "--tls-cert",
            CERTIFICATES.resolve("server.pem").toString(),
            "--tls-key",
            CERTIFICATES.resolve("server.key").toString())) {
      assertTrue(server.url.startsWith("https://"), server.url);
      Path authority = CERTIFICATES.resolve("ca.pem");
      String token = Files.readString(folder.resolve("data/first-admin-token"));
      try (var known =
          TradeForge.builder().address(server.url).tlsCa(authority).token(token).connect()) {
        var me = known.call(() -> known.accessService().whoAmI(WhoAmIRequest.getDefaultInstance()));
        assertEquals("admin", me.getOwner());
      }
      try (var unknown = TradeForge.builder().address(server.url).tlsCa(authority).connect()) {
        var refusal = assertThrows(TradeForgeException.Denied.class, unknown::serverInfo);
        assertEquals("TOKEN_MISSING", refusal.reason());
      }
      // Signed by nobody whom this machine knows.
      try (var doubting = TradeForge.connect(server.url)) {
        var refusal = assertThrows(TradeForgeException.Unavailable.class, doubting::serverInfo);
        assertTrue(refusal.getMessage().contains("certif"), refusal.getMessage());
      }
    }
  }
}
