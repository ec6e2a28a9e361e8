package others;

import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.ExternalClusterManager;
import org.apache.spark.scheduler.SchedulerBackend;
import org.apache.spark.scheduler.TaskScheduler;
import org.apache.spark.scheduler.TaskSchedulerImpl;
import org.apache.spark.scheduler.local.LocalSchedulerBackend;

/** Somebody else's cluster managers, of which each knows one master, and all "local-twice". */
public abstract class Managers implements ExternalClusterManager {
    private final String master;
    /** What it makes first, and expects again. */
    private TaskScheduler replaced;

    private Managers(String master) {
        this.master = master;
    }

    /** Brings a backend of its own, with two cores, for Spark's scheduler. */
    public static final class Plain extends Managers {
        public Plain() {
            super("local-plain");
        }
    }

    /** Brings a scheduler of its own, too. */
    public static final class Special extends Managers {
        public Special() {
            super("local-special");
        }

        @Override
        TaskSchedulerImpl scheduler(SparkContext sc) {
            return new OwnScheduler(sc);
        }
    }

    public static final class OwnScheduler extends TaskSchedulerImpl {
        OwnScheduler(SparkContext sc) {
            super(sc);
        }
    }

    TaskSchedulerImpl scheduler(SparkContext sc) {
        // Tasks may fail once; the executor is the driver.
        return new TaskSchedulerImpl(
            sc, 2, true, TaskSchedulerImpl.$lessinit$greater$default$4());
    }

    @Override
    public boolean canCreate(String masterUrl) {
        return masterUrl.equals(master) || masterUrl.equals("local-twice");
    }

    @Override
    public TaskScheduler createTaskScheduler(SparkContext sc, String masterUrl) {
        replaced = scheduler(sc);
        return replaced;
    }

    @Override
    public SchedulerBackend createSchedulerBackend(
            SparkContext sc, String masterUrl, TaskScheduler scheduler) {
        if (replaced == null || !masterUrl.equals(master)) {
            throw new IllegalStateException("another manager was asked for the scheduler");
        }
        return new LocalSchedulerBackend(sc.getConf(), (TaskSchedulerImpl) scheduler, 2);
    }

    @Override
    public void initialize(TaskScheduler scheduler, SchedulerBackend backend) {
        ((TaskSchedulerImpl) scheduler).initialize(backend);
    }
}
