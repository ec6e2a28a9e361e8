import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.LogManager;

/** Kubernetes' API on a port of loopback: fabric8's mock, which Spark's own tests use. */
final class ApiServer {
    private ApiServer() {}

    public static void main(String[] arguments) throws Exception {
        // It logs every request.
        LogManager.getLogManager().reset();
        KubernetesMockServer server =
            new KubernetesMockServer(
                new Context(), new MockWebServer(), new HashMap<>(), new Completed(), false);
        try {
            server.init(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        } catch (RuntimeException e) {
            e.printStackTrace();
            // Its threads would keep the process.
            System.exit(1);
        }
        // It remembers every request until somebody takes it.
        while (true) {
            server.takeRequest();
        }
    }

    /** Adds what the mock can't do and Spark's submission needs. */
    private static final class Completed extends KubernetesCrudDispatcher {
        /** A pod has a status from its first moment on: who watches it looks at that. */
        @Override
        public void processEvent(
            String path,
            AttributeSet pathAttributes,
            AttributeSet oldAttributes,
            GenericKubernetesResource resource,
            String newState) {
            String state = newState;
            if (resource != null
                && "Pod".equals(resource.getKind())
                && resource.getAdditionalProperties().get("status") == null) {
                resource.getAdditionalProperties().put("status", Map.of("phase", "Pending"));
                state = Serialization.asJson(resource);
            }
            super.processEvent(path, pathAttributes, oldAttributes, resource, state);
        }

        /**
         * Server-side apply, with one who applies. An object that is not there is created, one that
         * is gets replaced.
         */
        @Override
        public MockResponse dispatch(RecordedRequest request) {
            String kind = request.getHeader("Content-Type");
            if (request.method() != HttpMethod.PATCH
                || kind == null
                || !kind.startsWith("application/apply-patch")) {
                return super.dispatch(request);
            }
            String path = request.getPath().replaceFirst("\\?.*", "");
            boolean isThere = handleGet(path).code() == 200;
            String collection = path.replaceFirst("/[^/]+$", "");
            Headers headers = Headers.builder().add("Content-Type", "application/json").build();
            GenericKubernetesResource resource =
                Serialization.unmarshal(request.getUtf8Body(), GenericKubernetesResource.class);
            byte[] json = Serialization.asJson(resource).getBytes(StandardCharsets.UTF_8);
            return super.dispatch(
                new RecordedRequest(
                    request.getHttpVersion(),
                    isThere ? HttpMethod.PUT : HttpMethod.POST,
                    isThere ? path : collection,
                    headers,
                    new Buffer(json)));
        }
    }
}
