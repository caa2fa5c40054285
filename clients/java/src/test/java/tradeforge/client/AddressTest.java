package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:50051, http://127.0.0.1:50051",
    "http://box:1/, http://box:1",
    "HTTPS://box, https://box:443",
    "http://[::1]:7, http://[::1]:7",
    "box, http://box:80",
  })
  void anAddressIsAHostAndAPort(String text, String read) {
    assertEquals(read, Address.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "ftp://a:1", "http://a:1/b", "a:0", "a:65536", "http://a?b", "x@a:1"})
  void whatIsNoneIsRefusedByWhatItShouldBe(String text) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
    assertTrue(refusal.getMessage().contains("HOST:PORT"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("\"" + text + "\""), refusal.getMessage());
  }

  @Test
  void whatTheEnvironmentNamesIsTakenUnlessSomethingElseIsSaid() {
    var named = Map.of(Address.VARIABLE, "http://127.0.0.1:7", "TRADEFORGE_TOKEN", " secret\n");
    try (TradeForge client = new TradeForgeBuilder(named).connect()) {
      assertEquals("TradeForge(http://127.0.0.1:7)", client.toString());
    }
    try (TradeForge client = new TradeForgeBuilder(named).address("localhost:8").connect()) {
      assertEquals("TradeForge(http://localhost:8)", client.toString());
    }
    try (TradeForge client = new TradeForgeBuilder(Map.of()).connect()) {
      assertEquals("TradeForge(http://127.0.0.1:50051)", client.toString());
    }
  }

  @Test
  void aTokenIsNotSentInTheOpen() {
    var builder = new TradeForgeBuilder(Map.of()).token("secret");
    assertThrows(IllegalArgumentException.class, () -> builder.address("box:1").connect());
    for (String safe : new String[] {"https://box:1", "localhost:1", "[::1]:1", "127.0.0.9:1"}) {
      builder.address(safe).connect().close();
    }
    assertFalse(Address.parse("127.0.0.1.example:1").isNear());
  }
}
