package tradeforge.client;

/**
 * One fault of a request.
 *
 * @param field the path of the field, as in {@code backtest.simulation.initial_cash}; or what is
 *     missing, by name
 * @param description what is wrong with it, what would be right, and the nearest spelling
 */
public record FieldViolation(String field, String description) {
  @Override
  public String toString() {
    return field + ": " + description;
  }
}
