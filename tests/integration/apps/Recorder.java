package others;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.mutable.HashMap;

/** A plugin that records what it sees of the configuration at each moment. */
public abstract class Recorder implements SparkPlugin {
    public static final Map<String, Map<String, String>> SEEN = new ConcurrentHashMap<>();

    public static final class Early extends Recorder {}

    public static final class Late extends Recorder {}

    public static long pageBytes() {
        return SparkEnv.get().memoryManager().pageSizeBytes();
    }

    /** What modules the daemons of the pools of Python workers run. */
    public static List<String> daemons() throws ReflectiveOperationException {
        HashMap<?, ?> pools = (HashMap<?, ?>) valueOf(SparkEnv.get(), "pythonWorkers");
        List<String> modules = new ArrayList<>();
        for (Iterator<?> factories = pools.valuesIterator(); factories.hasNext(); ) {
            modules.add(valueOf(factories.next(), "daemonModule").toString());
        }
        return modules;
    }

    private static Object valueOf(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    private void record(String moment, SparkConf conf) {
        Map<String, String> all = new TreeMap<>();
        for (Tuple2<String, String> setting : conf.getAll()) {
            all.put(setting._1(), setting._2());
        }
        // Asked for by name, which may not be the same.
        all.put("spark.master", conf.get("spark.master"));
        SEEN.put(getClass().getSimpleName() + " " + moment, all);
    }

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverPlugin() {
            private SparkContext sc;

            @Override
            public Map<String, String> init(SparkContext context, PluginContext plugin) {
                sc = context;
                record("driver", context.conf());
                record("driver's own", plugin.conf());
                return Collections.emptyMap();
            }

            @Override
            public void registerMetrics(String appId, PluginContext plugin) {
                record("metrics", sc.conf());
            }
        };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorPlugin() {
            @Override
            public void init(PluginContext plugin, Map<String, String> extra) {
                record("executor", plugin.conf());
            }
        };
    }
}
