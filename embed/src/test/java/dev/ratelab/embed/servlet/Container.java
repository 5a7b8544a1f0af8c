package dev.ratelab.embed.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.jspecify.annotations.Nullable;

/** A Tomcat on a free port, with an application that says hello. */
final class Container implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Tomcat tomcat;
  private final AtomicInteger served = new AtomicInteger();

  private Container(Tomcat tomcat) {
    this.tomcat = tomcat;
  }

  static Container start(Path base, Filter... filters) throws LifecycleException {
    Tomcat tomcat = new Tomcat();
    Container container = new Container(tomcat);
    tomcat.setBaseDir(base.toString());
    tomcat.setSilent(true);
    tomcat.setPort(0);
    Context context = tomcat.addContext("", base.toString());
    Wrapper hello = Tomcat.addServlet(context, "hello", new HttpServlet() {
      private static final long serialVersionUID = 1L;

      @Override
      protected void doGet(HttpServletRequest request, HttpServletResponse response)
          throws IOException {
        container.served.incrementAndGet();
        response.getWriter().print("hello");
      }
    });
    hello.addMapping("/*");
    for (int i = 0; i < filters.length; i++) {
      FilterDef definition = new FilterDef();
      definition.setFilterName("filter" + i);
      definition.setFilter(filters[i]);
      context.addFilterDef(definition);
      FilterMap everything = new FilterMap();
      everything.setFilterName("filter" + i);
      everything.addURLPattern("/*");
      context.addFilterMap(everything);
    }
    tomcat.getConnector();
    tomcat.start();
    return container;
  }

  int served() {
    return served.get();
  }

  HttpResponse<String> get(String path, @Nullable String user) throws Exception {
    URI uri =
        URI.create("http://127.0.0.1:%d%s".formatted(tomcat.getConnector().getLocalPort(), path));
    return send(uri, request -> user == null ? request : request.header("User", user));
  }

  static HttpResponse<String> send(URI uri, UnaryOperator<HttpRequest.Builder> with)
      throws Exception {
    return HTTP.send(with.apply(HttpRequest.newBuilder(uri)).build(), BodyHandlers.ofString());
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }
}
