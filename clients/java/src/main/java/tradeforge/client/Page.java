package tradeforge.client;

import java.util.List;

/** One answer to a question for a list. */
record Page<T>(List<T> items, String next) {}
