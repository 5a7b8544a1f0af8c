package dev.ratelab.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page's examples are those that are compiled. */
class EmbeddingPageTest {
  private static final Path PAGE = Path.of("../docs/embedding.md");
  private static final Path EXAMPLES =
      Path.of("src/test/java/dev/ratelab/embed/EmbeddingExamples.java");
  private static final Pattern SHOWN =
      Pattern.compile("<!-- example: (\\w+) -->\\n```java\\n(.*?)```\\n", Pattern.DOTALL);
  private static final Pattern COMPILED =
      Pattern.compile(" *// example: (\\w+)\\n(.*?) *// end\\n", Pattern.DOTALL);

  @Test
  void itShowsWhatIsCompiled() throws IOException {
    Map<String, String> compiled = new LinkedHashMap<>();
    COMPILED
        .matcher(Files.readString(EXAMPLES))
        .results()
        .forEach(example ->
            compiled.put(example.group(1), example.group(2).stripTrailing().stripIndent() + "\n"));
    String page = Files.readString(PAGE);
    Matcher shown = SHOWN.matcher(page);
    String renewed =
        shown.replaceAll(example -> Matcher.quoteReplacement(block(example, compiled)));

    if (Boolean.getBoolean("ratelab.write")) {
      Files.writeString(PAGE, renewed);
    } else {
      assertThat(page).isEqualTo(renewed);
    }
    assertThat(SHOWN.matcher(page).results().map(example -> example.group(1)))
        .containsExactlyElementsOf(compiled.keySet());
    assertThat(page.split("```java", -1))
        .as("no block without a marker")
        .hasSize(compiled.size() + 1);
  }

  private static String block(MatchResult example, Map<String, String> compiled) {
    return "<!-- example: %s -->\n```java\n%s```\n"
        .formatted(example.group(1), compiled.get(example.group(1)));
  }
}
