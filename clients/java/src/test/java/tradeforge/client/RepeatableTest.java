package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tradeforge.v1.AccessServiceGrpc;
import tradeforge.v1.BundleServiceGrpc;
import tradeforge.v1.HookServiceGrpc;
import tradeforge.v1.MarketDataServiceGrpc;
import tradeforge.v1.ResultServiceGrpc;
import tradeforge.v1.RunServiceGrpc;
import tradeforge.v1.StrategyServiceGrpc;
import tradeforge.v1.SystemServiceGrpc;

class RepeatableTest {
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          AccessServiceGrpc.getServiceDescriptor(),
          BundleServiceGrpc.getServiceDescriptor(),
          HookServiceGrpc.getServiceDescriptor(),
          MarketDataServiceGrpc.getServiceDescriptor(),
          ResultServiceGrpc.getServiceDescriptor(),
          RunServiceGrpc.getServiceDescriptor(),
          StrategyServiceGrpc.getServiceDescriptor(),
          SystemServiceGrpc.getServiceDescriptor());

  private static Set<String> repeatable() {
    Set<String> names = new HashSet<>();
    Repeatable.METHODS.forEach(
        (service, methods) ->
            methods.forEach(method -> names.add("tradeforge.v1." + service + "/" + method)));
    return names;
  }

  @Test
  void eachCallThatMayBeSentTwiceIsOneOfTheContract() {
    Set<String> wrong = repeatable();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        wrong.remove(method.getFullMethodName());
      }
    }
    assertEquals(Set.of(), wrong);
  }

  /** A new one is forgotten easily. */
  @Test
  void eachCallThatOnlyReadsMayBeSentTwice() {
    Set<String> known = repeatable();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        String name = method.getFullMethodName();
        boolean isReading =
            method.getBareMethodName().matches("(Get|List|Export|Describe|Check|WhoAmI).*");
        assertTrue(!isReading || known.contains(name), name);
      }
    }
  }
}
