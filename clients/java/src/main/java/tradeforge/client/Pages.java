package tradeforge.client;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A list of the server, fetched page by page as it is read. Each iteration asks anew.
 *
 * @param <T> what is listed
 */
public final class Pages<T> implements Iterable<T> {
  private final Function<String, Page<T>> fetch;

  Pages(Function<String, Page<T>> fetch) {
    this.fetch = fetch;
  }

  @Override
  public Iterator<T> iterator() {
    return new Items();
  }

  /** The items as a stream; what it does not look at is not fetched, but for the rest of a page. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  /** All of them. */
  public List<T> toList() {
    return stream().toList();
  }

  private final class Items implements Iterator<T> {
    private Iterator<T> page = List.<T>of().iterator();
    private String token = "";
    private boolean isLast;

    @Override
    public boolean hasNext() {
      // A page may be empty and yet not the last.
      while (!page.hasNext() && !isLast) {
        Page<T> fetched = fetch.apply(token);
        page = fetched.items().iterator();
        token = fetched.next();
        isLast = token.isEmpty();
      }
      return page.hasNext();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.next();
    }
  }
}
