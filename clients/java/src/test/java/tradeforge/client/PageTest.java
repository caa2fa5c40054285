package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of docs/java.md, as one program, print what stands below them. */
class PageTest {
  private static final Path PAGE = Path.of("../../docs/java.md");
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\S*)([^\\n]*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final String BORDER = "--- the next block";

  @TempDir Path folder;

  @Test
  void everyBlockDoesWhatStandsThere() throws Exception {
    List<String> expected = new ArrayList<>();
    StringBuilder imports = new StringBuilder();
    StringBuilder code = new StringBuilder();
    Matcher block = BLOCK.matcher(Files.readString(PAGE));
    while (block.find()) {
      if (block.group(1).equals("java") && !block.group(2).contains("no-run")) {
        code.append("System.out.println(\"" + BORDER + "\");\n");
        block
            .group(3)
            .lines()
            .forEach(
                line -> (line.startsWith("import ") ? imports : code).append(line).append('\n'));
        expected.add("");
      } else if (block.group(1).equals("text")) {
        expected.set(expected.size() - 1, block.group(3));
      }
    }
    assertTrue(expected.size() >= 5, "only " + expected.size() + " blocks were found");
    Path program = folder.resolve("Page.java");
    String main = "public static void main(String[] words) throws Exception {\n";
    Files.writeString(program, imports + "class Page {\n" + main + code + "}\n}\n");
    assertEquals(BORDER + "\n" + String.join(BORDER + "\n", expected), printed(program));
  }

  private String printed(Path program) throws Exception {
    try (Server server = new Server(folder)) {
      Path java = Path.of(System.getProperty("java.home"), "bin", "java");
      var builder =
          new ProcessBuilder(
              java.toString(),
              "--class-path",
              System.getProperty("java.class.path"),
              program.toString());
      builder.environment().put(Address.VARIABLE, server.url);
      Path errors = folder.resolve("errors");
      builder.redirectError(errors.toFile());
      Process process = builder.start();
      process.getOutputStream().close();
      var output = process.getInputStream().readAllBytes();
      assertEquals(0, process.waitFor(), Files.readString(errors));
      return new String(output, StandardCharsets.UTF_8);
    }
  }
}
