package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real server, which TRADEFORGE_BIN names, in a folder. It ends with its input. */
final class Server implements AutoCloseable {
  private static final String READY = "listening on ";

  final String url;
  private final Process process;
  private final Path log;

  Server(Path folder, String... more) throws IOException {
    this(folder, "127.0.0.1:0", more);
  }

  Server(Path folder, String listen, String[] more) throws IOException {
    String program = System.getenv("TRADEFORGE_BIN");
    if (program == null) {
      throw new IllegalStateException("TRADEFORGE_BIN must name the server");
    }
    log = folder.resolve("server.log");
    List<String> words = new ArrayList<>(List.of(program, "serve", "--exit-with-stdin"));
    words.addAll(List.of("--listen", listen, "--data-dir", folder.resolve("data").toString()));
    words.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Files.createDirectories(gates(folder));
    builder.environment().put("TRADEFORGE_GATE_DIR", gates(folder).toString());
    process = builder.start();
    var output = process.getInputStream();
    String line = new BufferedReader(new java.io.InputStreamReader(output)).readLine();
    if (line == null || !line.startsWith(READY)) {
      throw new IllegalStateException("it said " + line + "; " + Files.readString(log));
    }
    url = line.substring(READY.length());
  }

  private static Path gates(Path folder) {
    return folder.resolve("gates");
  }

  /** Lets the runs of the strategy `gate` with that key go on. */
  static void open(Path folder, long key) {
    try {
      Files.writeString(gates(folder).resolve(Long.toString(key)), "", StandardCharsets.UTF_8);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  String address() {
    return url.substring(url.indexOf("://") + 3);
  }

  /** Ends it as a power cut would. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!process.isAlive()) {
      return;
    }
    process.getOutputStream().close();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> "the server did not end well: " + log);
  }
}
