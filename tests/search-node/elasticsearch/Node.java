import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;

import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;

/** One node on loopback: Node DIRECTORY SECONDS. Writes its port to DIRECTORY/port, and ends after that time. */
public final class Node {
	private Node() {
	}

	public static void main(String[] args) throws Exception {
		Path dir = Paths.get(args[0]);
		ElasticsearchClusterRunner runner = new ElasticsearchClusterRunner();

		runner.onBuild((number, settings) -> settings.put("network.host", "127.0.0.1"));
		runner.build(ElasticsearchClusterRunner.newConfigs().numOfNode(1).clusterName("gitlab-test")
			.basePath(dir.resolve("node").toString()));
		runner.ensureYellow();
		Files.write(dir.resolve("port.new"), runner.node().settings().get("http.port").getBytes());
		Files.move(dir.resolve("port.new"), dir.resolve("port"), StandardCopyOption.ATOMIC_MOVE);
		Thread.sleep(Long.parseLong(args[1]) * 1000);
		Runtime.getRuntime().halt(0);
	}
}
