package dev.ratelab.reports.page;

import static dev.ratelab.reports.page.Html.text;

import dev.ratelab.reports.page.Section.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The plots of one page: a place for each in the page's text, and the data of all of them for its script. */
final class Figures {
  private final List<Chart> charts = new ArrayList<>();

  /** The data of those that have a place by now. */
  String json() {
    return Html.json(charts);
  }

  String html(Figure figure) {
    if (figure.charts().isEmpty()) {
      return "";
    }
    return """
        <figure>
        <figcaption><strong>%s.</strong> <span class="reading">How to read this: %s</span></figcaption>
        <div class="charts%s">
        %s</div>
        </figure>
        """.formatted(
            text(figure.title()),
            text(figure.reading()),
            figure.wide() ? " wide" : "",
            figure.charts().stream().map(this::chart).collect(Collectors.joining()));
  }

  private String chart(Chart chart) {
    int index = charts.size();
    charts.add(chart);
    return """
        <div class="panel"><h3>%s</h3><div class="legend"></div>\
        <div class="chart" data-chart="%s" role="img" aria-label="Plot: %s. Its values are in the tables."></div></div>
        """.formatted(text(chart.title()), index, text(chart.title()));
  }
}
