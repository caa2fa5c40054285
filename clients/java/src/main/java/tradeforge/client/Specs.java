package tradeforge.client;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tradeforge.v1.Axis;
import tradeforge.v1.DoubleDomain;
import tradeforge.v1.IntDomain;
import tradeforge.v1.ParamValue;
import tradeforge.v1.StrategyRef;
import tradeforge.v1.Subscription;
import tradeforge.v1.ValueList;

/** Parts of a spec in a word, for a static import. Whether they are right is for the server. */
public final class Specs {
  private Specs() {}

  /** The bars of {@code EXCHANGE:SYMBOL@TIMEFRAME}, as in {@code BINANCE:BTCUSDT@1h}. */
  public static Subscription on(String series) {
    int colon = series.indexOf(':');
    int at = series.lastIndexOf('@');
    if (colon < 1 || at < colon + 2 || at == series.length() - 1) {
      throw new IllegalArgumentException(
          "\"" + series + "\" is not as EXCHANGE:SYMBOL@TIMEFRAME, such as BINANCE:BTCUSDT@1h");
    }
    return Subscription.newBuilder()
        .setExchange(series.substring(0, colon))
        .setSymbol(series.substring(colon + 1, at))
        .setTimeframe(series.substring(at + 1))
        .build();
  }

  /** The strategy of that name. */
  public static StrategyRef strategy(String name) {
    return StrategyRef.newBuilder().setName(name).build();
  }

  /** Parameters by name: whole numbers, numbers, booleans and names of choices. */
  public static Map<String, ParamValue> params(Map<String, ?> values) {
    Map<String, ParamValue> params = new LinkedHashMap<>();
    values.forEach((name, value) -> params.put(name, value(name, value)));
    return params;
  }

  /** Every whole number from the first to the last, both included, by a step. */
  public static Axis range(String name, long first, long last, long step) {
    var range = IntDomain.newBuilder().setMinValue(first).setMaxValue(last).setStep(step);
    return Axis.newBuilder().setName(name).setIntRange(range).build();
  }

  /** The numbers from the first to the last, both included, by a step, each the nearest decimal. */
  public static Axis range(String name, double first, double last, double step) {
    var range = DoubleDomain.newBuilder().setMinValue(first).setMaxValue(last).setStep(step);
    return Axis.newBuilder().setName(name).setDoubleRange(range).build();
  }

  /** Just these values. */
  public static Axis among(String name, Object... values) {
    ValueList.Builder list = ValueList.newBuilder();
    for (Object value : values) {
      list.addValues(value(name, value));
    }
    return Axis.newBuilder().setName(name).setValues(list).build();
  }

  /** A moment, as the contract has it. */
  public static Timestamp time(Instant moment) {
    return Timestamp.newBuilder()
        .setSeconds(moment.getEpochSecond())
        .setNanos(moment.getNano())
        .build();
  }

  /** A span of time, as the contract has it. */
  public static Duration span(java.time.Duration span) {
    return Duration.newBuilder().setSeconds(span.getSeconds()).setNanos(span.getNano()).build();
  }

  private static ParamValue value(String name, Object value) {
    ParamValue.Builder param = ParamValue.newBuilder();
    if (value instanceof Integer || value instanceof Long || value instanceof Short) {
      return param.setIntValue(((Number) value).longValue()).build();
    }
    if (value instanceof Double || value instanceof Float) {
      // The decimal that was written, not what a float makes of it.
      return param.setDoubleValue(Double.parseDouble(value.toString())).build();
    }
    if (value instanceof Boolean flag) {
      return param.setBoolValue(flag).build();
    }
    if (value instanceof String text) {
      return param.setStringValue(text).build();
    }
    throw new IllegalArgumentException(
        name
            + ": a whole number, a number, a boolean or a name is needed, not "
            + (value == null ? "null" : value.getClass().getSimpleName()));
  }
}
