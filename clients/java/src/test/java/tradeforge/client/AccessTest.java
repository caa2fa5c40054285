package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tradeforge.v1.CreateTokenRequest;
import tradeforge.v1.Role;
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

  @Test
  void aCallerIsKnownByItsCertificate() throws Exception {
    Path authority = CERTIFICATES.resolve("ca.pem");
    Path certificate = CERTIFICATES.resolve("ann.pem");
    Path key = CERTIFICATES.resolve("ann.key");
    try (Server server =
        new Server(
            folder,
            "--access",
            "on",
            "--tls-cert",
            CERTIFICATES.resolve("server.pem").toString(),
            "--tls-key",
            CERTIFICATES.resolve("server.key").toString(),
            "--tls-client-ca",
            CERTIFICATES.resolve("clients.pem").toString(),
            "--tls-client-required")) {
      try (var bare = TradeForge.builder().address(server.url).tlsCa(authority).connect()) {
        assertThrows(TradeForgeException.Unavailable.class, bare::serverInfo);
      }
      String token = Files.readString(folder.resolve("data/first-admin-token"));
      var builder = TradeForge.builder().address(server.url).tlsCa(authority);
      try (var admin = builder.tlsCertificate(certificate, key).token(token).connect()) {
        var ann =
            CreateTokenRequest.newBuilder()
                .setOwner("ann")
                .setRole(Role.ROLE_SUBMITTER)
                .setCertificate(Files.readString(certificate))
                .build();
        var made = admin.call(() -> admin.accessService().createToken(ann));
        assertTrue(made.getToken().getTokenId().startsWith("cert_"), made.toString());
      }
      // From the environment, and from one file that holds both.
      Path both = folder.resolve("both.pem");
      Files.writeString(both, Files.readString(certificate) + Files.readString(key));
      var environment =
          Map.of(
              "TRADEFORGE_SERVER",
              server.url,
              "TRADEFORGE_TLS_CA",
              authority.toString(),
              "TRADEFORGE_CLIENT_CERT",
              both.toString());
      try (var ann = new TradeForgeBuilder(environment).connect()) {
        var me = ann.call(() -> ann.accessService().whoAmI(WhoAmIRequest.getDefaultInstance()));
        assertEquals("ann", me.getOwner());
      }
    }
  }
}
